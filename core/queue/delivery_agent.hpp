#pragma once
// What the queue asks of whoever carries messages away, and what it gives them. The queue knows no SMTP.

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mail/log_record.hpp"
#include "mail/message.hpp"
#include "mail/response.hpp"
#include "queue/egress_path.hpp"
#include "queue/egress_source.hpp"
#include "queue/insert_context.hpp"
#include "queue/queue_config.hpp"
#include "queue/source_health.hpp"
#include "rt/gate.hpp"
#include "rt/task.hpp"

namespace godwit::queue {

/// Where a ready queue sends: made by the agent for a scheduled queue's domain.
struct site {
  std::string name;          ///< SITE of SOURCE->SITE@PROTO
  std::string protocol;      ///< smtp_client, lua:CONSTRUCTOR, maildir:PATH, …
  std::shared_ptr<const void> plan;  ///< the agent's own (MX hosts, mx_list, …)
};

/// What happened to one recipient, or to all when `recipient` is nullopt.
struct outcome {
  std::optional<std::size_t> recipient;  ///< index into message.recipients
  mail::record_type type = mail::record_type::delivery;  ///< delivery, bounce or transient_failure
  mail::response response;
  std::optional<duration> retry_after = {};  ///< of a transient failure: in place of the retry schedule
};

/// Who the message went to: fields of the log record that the agent knows.
struct delivery_trace {
  std::optional<mail::peer> peer;
  std::optional<value> source_address;
  std::optional<std::string> tls_cipher, tls_protocol_version;
  std::vector<std::string> tls_peer_subject_name;
  std::string delivery_protocol = "ESMTP";
  std::optional<std::string> session_id;
};

/// A ready queue as one delivery session sees it. The session runs on its loop and owns the messages it took until it
/// settles or returns them; whatever it still holds when it ends goes back to the queue as it was.
class work_source {
 public:
  virtual ~work_source() = default;

  virtual const egress_path_config& path() const = 0;      ///< snapshot; may change between messages
  virtual const egress_source_config& source() const = 0;
  virtual const site& destination() const = 0;
  virtual const std::string& name() const = 0;             ///< SOURCE->SITE@PROTO
  virtual const std::string& routing_domain() const = 0;
  /// Name of the scheduled queue of the first waiting message, null when none waits.
  virtual const std::string* peek_queue() const = 0;

  /// Up to `max` messages, metadata and body loaded, throttles passed; waits at most `idle`. Empty: end the session.
  virtual rt::task<std::vector<mail::message_ref>> take(std::size_t max, std::chrono::nanoseconds idle) = 0;
  /// Records outcomes, writes log records, then removes the message or gives it back to its scheduled queue.
  virtual rt::task<> settle(mail::message_ref m, std::vector<outcome> outcomes, const delivery_trace& trace) = 0;
  /// For a message that goes out in several parts, between two of them: records the final outcomes of the part, takes
  /// their recipients off the message and saves it. True in the result, which has a place for each recipient that the
  /// message had: off it. Other outcomes (transient, or up to the policy) are settle()'s, with the rest at the end.
  virtual rt::task<std::vector<bool>> settle_part(mail::message_ref m, std::vector<outcome> outcomes,
                                                  const delivery_trace& trace) = 0;
  /// Writes a record of `type`; the message goes to the queue that its metadata names now, as if it had just been
  /// received. For agents that sort mail instead of sending it.
  virtual rt::task<> rebind(mail::message_ref m, mail::record_type type, mail::response r, const delivery_trace& trace) = 0;
  /// Puts an untried message back in front (connection lost before it was sent).
  virtual void give_back(mail::message_ref m) = 0;
  /// The connection plan failed as a whole: counts toward consecutive_connection_failures_before_delay. `r` is logged
  /// for one message unless the limit is reached, then for all of the queue.
  virtual rt::task<> connection_failed(mail::response r, const delivery_trace& trace) = 0;
  virtual void connection_succeeded() = 0;
  /// The source cannot send: its address is not on this host, or its proxy does not serve (suspend_when_*).
  virtual void source_failed(source_trouble what, std::string_view why) = 0;
  /// The agent got somewhere: the watchdog's time begins anew. `phase` is one word, `detail` for the operator.
  virtual void note_progress(std::string_view phase, std::string detail) = 0;
  /// Settles every waiting message alike (prohibited host, null MX, no hosts).
  /// `why` is what requeue_message hears when they wait for another attempt.
  virtual rt::task<> settle_all(mail::record_type type, mail::response r, insert_context why) = 0;
};

class delivery_agent {
 public:
  virtual ~delivery_agent() = default;
  /// Site for a domain under a protocol table; an error is a transient failure of name resolution.
  virtual rt::task<result<site>> resolve(const std::string& routing_domain, const protocol_config& protocol) = 0;
  /// One delivery session: connect, take, deliver, settle, until there is nothing to do.
  virtual rt::task<> run_session(std::shared_ptr<work_source> work) = 0;
};

}  // namespace godwit::queue
