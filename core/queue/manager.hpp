#pragma once
// All queues of the daemon: scheduled queues that wait in timer wheels, ready queues that agents empty.
// Shared by all loops; every method may be called on any loop.

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "mail/log_record.hpp"
#include "mail/message.hpp"
#include "queue/delivery_agent.hpp"
#include "queue/insert_context.hpp"
#include "queue/memory_relief.hpp"
#include "queue/policy.hpp"
#include "rt/loop.hpp"
#include "spool/spool.hpp"

namespace godwit::queue {

struct queue_count {
  std::string name;
  std::size_t messages = 0;
  std::size_t connections = 0;  ///< ready queues only
};

struct manager_parts {
  rt::loop_group& loops;
  policy& events;
  spool::spool& store;
  mail::record_sink& records;
  std::function<std::uint64_t()> config_epoch;  ///< bumped when the policy changes
  std::function<memory_level()> memory = {};    ///< asked on any loop; none: memory is enough
};

class administration;

class manager {
 public:
  explicit manager(manager_parts parts);
  ~manager();

  /// `protocol`: "smtp" or "custom_lua"; those of modules are in protocol_registry.hpp. Before start().
  void set_agent(std::string protocol, std::shared_ptr<delivery_agent> agent);

  /// Waits, at most until `limit`, for the configuration of the queue that `m` would enter: insert() then does not
  /// wait. The error is the one that insert() would give.
  rt::task<result<void>> prepare(const mail::message& m, std::chrono::steady_clock::time_point limit);
  /// Takes the message into its scheduled queue; a new one is due at once and goes on to its ready queue.
  /// An error means that the message was not taken: the caller still owns it.
  rt::task<result<void>> insert(mail::message_ref m, insert_context why);
  /// insert() for a message found in the spool at start: due time and attempts are inferred (KumoMTA: retries).
  rt::task<> insert_enumerated(mail::message_ref m);

  std::vector<queue_count> scheduled() const;
  std::vector<queue_count> ready() const;
  std::size_t message_count() const;
  /// What operators look at and do.
  queue::administration& administration();

  void start();
  /// Sessions finish what they hold within their system_shutdown_timeout, then are cancelled.
  rt::task<> shutdown();

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace godwit::queue
