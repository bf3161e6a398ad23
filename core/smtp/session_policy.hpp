#pragma once
// What the SMTP server session asks of the rest of the program. The session speaks the protocol and knows nothing of
// hooks, queue or configuration. All calls come from the session's loop, one at a time.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mail/address.hpp"
#include "mail/connection_context.hpp"
#include "mail/message.hpp"
#include "mail/response.hpp"
#include "rt/loop.hpp"
#include "rt/task.hpp"

namespace godwit::smtp {

struct listener_options;
using listener_options_ref = std::shared_ptr<const listener_options>;

/// What a policy is made for: a new connection. A PROXY header may yet change addresses and options, see on_options()
/// and context().
struct session_start {
  ip_endpoint peer;
  ip_endpoint local;
  uuid session_id;
  listener_options_ref options;  ///< with the via and peer blocks that match
  rt::loop* where = nullptr;
};

/// An answer for the peer. `close` ends the session after it was written.
struct answer {
  mail::response reply;
  bool close = false;
  /// A second reply line written after `reply` (kumo.disconnect FollowWith421).
  std::optional<mail::response> farewell;
};
/// Nothing: go on with the session's own positive answer.
using decision = std::optional<answer>;

/// A transaction as received: envelope and body. The Received header is not in it yet.
struct transaction {
  mail::address sender;
  std::vector<mail::address> recipients;
  mail::body_ref body;
  bool smtputf8 = false;
  bool is_bdat = false;
};

class session_policy {
 public:
  virtual ~session_policy() = default;

  /// Why nobody is let in now: overload, disk, spool. Asked before all else, also before a PROXY header is read.
  virtual std::optional<mail::response> refusal() { return std::nullopt; }
  /// Before the banner. An answer refuses the connection.
  virtual rt::task<decision> on_connect() = 0;
  /// `extensions` are the EHLO lines that will be advertised; the policy may replace them.
  virtual rt::task<decision> on_ehlo(const std::string& domain, std::vector<std::string>& extensions) = 0;
  /// The address may be rewritten; the session checks it again.
  virtual rt::task<decision> on_mail_from(mail::address& sender) = 0;
  /// Includes the relay rule.
  virtual rt::task<decision> on_rcpt_to(mail::address& sender, mail::address& recipient) = 0;
  virtual rt::task<decision> on_auth_plain(const std::string& authz, const std::string& authc,
                                           const std::string& password) = 0;
  /// Takes the message: split, hooks, spool, queue. Always an answer, 250 only when the message is safe.
  virtual rt::task<answer> on_message(transaction t) = 0;
  /// A reply of class 4 or 5 is about to be written, as rewrite_reply() left it.
  virtual void on_rejection(const mail::response& reply, const mail::address* sender, const mail::address* recipient) = 0;
  virtual void on_close() noexcept = 0;

  /// Options that this connection shall have (smtp_server_get_dynamic_parameters): a table that goes over the
  /// listener's. Asked before on_connect() and again after XCLIENT; null: none.
  virtual rt::task<value> dynamic_options() { co_return value(); }
  /// The options in force from now on: after dynamic_options() and after XCLIENT.
  virtual void on_options(listener_options_ref) {}
  /// True: every reply is offered to rewrite_reply() (smtp_server_rewrite_response). Asked once, when the
  /// connection is not turned away.
  virtual bool rewrites_replies() const { return false; }
  virtual rt::task<> rewrite_reply(mail::response&) { co_return; }

  virtual mail::connection_context& context() = 0;
};

/// Called on the session's loop.
using policy_factory = std::function<std::unique_ptr<session_policy>(const session_start&)>;

}  // namespace godwit::smtp
