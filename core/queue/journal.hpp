#pragma once
// Turns what happens to queued messages into log records (KumoMTA: log records).

#include <string>
#include <vector>

#include "mail/log_record.hpp"
#include "queue/delivery_agent.hpp"
#include "queue/queue_entry.hpp"
#include "queue/ready_queue.hpp"

namespace godwit::queue {

/// Which way an attempt went.
struct attempt_way {
  const ready_queue& queue;
  const path_snapshot& path;
};

class journal {
 public:
  explicit journal(mail::record_sink& sink) : sink_(sink) {}

  /// An event of the queue itself: no site, no peer. The entry is hot.
  void write(mail::record_type type, const mail::response& r, const queue_entry& e);
  /// An attempt over a ready queue, for all recipients or the one named.
  void write_attempt(mail::record_type type, const mail::response& r, const queue_entry& e, attempt_way by,
                     const delivery_trace& trace, std::optional<std::size_t> recipient = {});
  /// A message that is in no queue.
  void write_unqueued(mail::record_type type, const mail::response& r, const mail::message_ref& m);

 private:
  mail::log_record record(mail::record_type type, const mail::response& r, const mail::message& m) const;
  mail::log_record record(mail::record_type type, const mail::response& r, const queue_entry& e) const;

  mail::record_sink& sink_;
};

}  // namespace godwit::queue
