#pragma once
// Options of a scheduled queue: kumo.make_queue_config (KumoMTA: Lua API). Declared in queue_config.cpp.

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/duration.hpp"
#include "base/value.hpp"
#include "config/options.hpp"
#include "config/throttle_spec.hpp"

namespace godwit::queue {

enum class refresh_strategy { ttl, epoch };
enum class queue_strategy { timer_wheel, skip_list, singleton_timer_wheel, singleton_timer_wheel_v2 };
enum class memory_policy { shrink_data_and_meta, shrink_data, no_shrink };

/// How messages of the queue leave: exactly one of the tables; none means smtp by MX look-up.
struct protocol_config {
  struct mx_host {
    std::string name;                   ///< host, "[literal]" or a label
    std::optional<std::string> address; ///< fixed address for {name, addr}
    std::optional<std::uint16_t> port;
    std::string label() const;          ///< host[:port] or the name
  };
  struct smtp_table {
    std::vector<mx_host> mx_list;
    bool treat_mx_list_as_secure = false;
  };
  struct custom_lua_table {
    std::string constructor;
    std::size_t batch_size = 1;
    std::size_t min_batch_size = 1;
    duration max_batch_latency{0};
  };
  std::optional<smtp_table> smtp;
  std::optional<custom_lua_table> custom_lua;
  /// Of a module (protocol_registry.hpp).
  struct provided_table {
    std::string name;
    value settings;  ///< as written, and found right when it was read
  };
  std::optional<provided_table> provided;
};

struct shrink_rule {
  duration interval{};
  memory_policy policy = memory_policy::shrink_data_and_meta;
};

struct queue_config {
  std::string egress_pool = "unspecified";
  duration retry_interval = std::chrono::minutes(20);
  std::optional<duration> max_retry_interval;
  duration max_age = std::chrono::hours(24 * 7);
  duration reap_interval = std::chrono::minutes(10);
  std::optional<config::throttle_spec> max_message_rate;
  queue::refresh_strategy refresh_strategy = queue::refresh_strategy::ttl;
  duration refresh_interval = std::chrono::minutes(1);
  queue_strategy strategy = queue_strategy::singleton_timer_wheel;
  std::optional<duration> timerwheel_tick_interval;
  std::vector<shrink_rule> shrink_policy;
  std::optional<std::string> provider_name;
  protocol_config protocol;
};

const config::options<queue_config>& queue_options();

}  // namespace godwit::queue

template <>
struct godwit::config::table_of<godwit::queue::queue_config> {
  static const options<queue::queue_config>& get() { return queue::queue_options(); }
};
