#include "queue/queue_config.hpp"

#include "queue/enum_names.hpp"
#include "queue/protocol_codec.hpp"

namespace godwit::config {

using queue::queue_strategy;

template <>
struct enum_names<queue_strategy> {
  static constexpr std::array all{
      std::pair{std::string_view("TimerWheel"), queue_strategy::timer_wheel},
      std::pair{std::string_view("SkipList"), queue_strategy::skip_list},
      std::pair{std::string_view("SingletonTimerWheel"), queue_strategy::singleton_timer_wheel},
      std::pair{std::string_view("SingletonTimerWheelV2"), queue_strategy::singleton_timer_wheel_v2}};
};

template <>
struct table_of<queue::shrink_rule> {
  static const options<queue::shrink_rule>& get() {
    static const auto& table =
        (new options<queue::shrink_rule>("make_queue_config.shrink_policy", "What a waiting message releases."))
            ->required("interval", &queue::shrink_rule::interval, "Applies to messages due in at least this time.")
            .required("policy", &queue::shrink_rule::policy, "What to release.");
    return table;
  }
};

}  // namespace godwit::config

namespace godwit::queue {

const config::options<queue_config>& queue_options() {
  using q = queue_config;
  static const auto& table =
      (new config::options<q>("make_queue_config", "How the messages of a scheduled queue wait and leave."))
          ->field("egress_pool", &q::egress_pool, "Pool of sources that the queue sends from.")
          .field("retry_interval", &q::retry_interval, "Base of the exponential retry schedule.")
          .field("max_retry_interval", &q::max_retry_interval, "Cap on the exponential delay.")
          .field("max_age", &q::max_age, "Longest time in the queue; ignored for messages with their own expiry.")
          .field("reap_interval", &q::reap_interval, "An empty queue is forgotten after this time.")
          .field("max_message_rate", &q::max_message_rate, "Rate of moves to ready queues.")
          .field("refresh_strategy", &q::refresh_strategy, "When get_queue_config is asked again.")
          .field("refresh_interval", &q::refresh_interval, "How long an answer is valid under Ttl.")
          .field("strategy", &q::strategy, "Data structure of the queue; all are served by one shared timer wheel.")
          .field("timerwheel_tick_interval", &q::timerwheel_tick_interval,
                 "Accepted for compatibility: the shared wheel ticks every 10 ms.")
          .field("shrink_policy", &q::shrink_policy,
                 "What a waiting message releases: the last rule whose interval is not above its delay.")
          .field("provider_name", &q::provider_name, "Provider named in log records and metrics.")
          .field("protocol", &q::protocol, "How messages leave; smtp by MX look-up when absent.");
  return table;
}

}  // namespace godwit::queue
