#pragma once
// A delivery session of a module's agent, and a batch on its way: what modules hold as godwit_session and
// godwit_delivery. Modules answer from any thread, in time or late.

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <godwit/abi.h>

#include "module/instance.hpp"
#include "queue/delivery_agent.hpp"
#include "queue/waiter.hpp"

namespace godwit::module {

/// godwit_delivery_agent with copies of what it borrowed. Immutable.
struct agent_declaration {
  agent_declaration(std::shared_ptr<godwit_instance> owner, const godwit_delivery_agent& a);

  std::shared_ptr<godwit_instance> owner;
  godwit_delivery_agent functions;  ///< its texts are not valid any more
  std::string protocol, delivery_protocol, label_option;
  std::shared_ptr<const option_schema> schema;  ///< null: no options
  std::size_t batch_size;
  std::chrono::nanoseconds timeout;

  /// Settings as the module gets them; problems are appended.
  value normalise(const value& settings, config::problems& out, const std::string& path = "") const;
};

queue::outcome outcome_from(const godwit_outcome& o);
/// A temporary failure that the server itself is the reason of.
queue::outcome internal_failure(std::string text);

}  // namespace godwit::module

/// Shared by the coroutine that runs it and by its batches; the last one to let go closes it, on its loop.
struct godwit_session {
  using ref = std::shared_ptr<godwit_session>;
  static ref make(std::shared_ptr<const godwit::module::agent_declaration> agent,
                  const godwit::queue::work_source& work, godwit::value settings);

  const std::shared_ptr<const godwit::module::agent_declaration> agent;
  const godwit::module::usage use;  ///< false: the module is going
  const godwit::value settings;
  const std::string ready_queue, site, routing_domain, source;
  const std::shared_ptr<godwit::queue::waiter> bell;  ///< rung when the module answered
  void* context = nullptr;

  /// Calls open. Afterwards await is_opening() to be false.
  void open(const ref& self);
  bool is_opening() const;
  void opened(std::optional<godwit::queue::outcome> failure);
  std::optional<godwit::queue::outcome> open_failure() const;

  void set_trace(godwit::queue::delivery_trace t);
  godwit::queue::delivery_trace trace() const;

 private:
  godwit_session(std::shared_ptr<const godwit::module::agent_declaration> agent,
                 const godwit::queue::work_source& work, godwit::value settings);
  static void end(godwit_session* s);

  mutable std::mutex mutex_;
  ref while_opening_;  ///< the module has the handle
  bool is_opening_ = false;
  std::optional<godwit::queue::outcome> failure_;
  godwit::queue::delivery_trace trace_;
};

namespace godwit::module {

class delivery_batch {
 public:
  delivery_batch(godwit_session::ref session, std::vector<mail::message_ref> messages);

  struct settled {
    mail::message_ref message;
    std::vector<queue::outcome> outcomes;
  };

  // The module's side, any thread.
  std::size_t size() const { return items_.size(); }
  const mail::message_ref* copy(std::size_t index) const;
  godwit_status settle(std::size_t index, std::int64_t recipient, const queue::outcome& o);
  void fail_rest(const std::string& why);
  const godwit_session::ref& session() const { return session_; }

  // The session's side.
  std::vector<settled> take_settled();
  bool is_complete() const;
  /// Nobody waits any more: later outcomes are dropped and counted.
  void close();

 private:
  struct item {
    mail::message_ref original, copy;
    std::vector<bool> done;
    std::size_t open = 0;
    std::vector<queue::outcome> outcomes;
  };
  void settle_open(item& it, const queue::outcome& o);

  const godwit_session::ref session_;
  std::vector<item> items_;
  mutable std::mutex mutex_;
  std::vector<std::size_t> settled_;
  std::size_t open_;
  bool is_closed_ = false;
};

}  // namespace godwit::module

struct godwit_delivery {
  std::shared_ptr<godwit::module::delivery_batch> batch;
};
