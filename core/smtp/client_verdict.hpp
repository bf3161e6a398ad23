#pragma once
// What the peer said about the recipients of a message. Pure.

#include <string_view>
#include <vector>

#include "smtp/client_error.hpp"

namespace godwit::smtp {

/// What the peer said about one recipient.
struct recipient_reply {
  mail::response reply;
  bool is_set = false;
  bool is_too_many = false;  ///< the transaction was full: to be tried again, whatever the code
};

struct send_result {
  std::vector<recipient_reply> recipients;  ///< one for each of the message, unset when `broken` came first
  client_failure broken;    ///< the connection is of no use any more
  bool is_closing = false;  ///< the peer said 421: no further message on this connection
  bool is_untried = false;  ///< `broken` before the peer said anything about this message: may be sent again at once
};

inline bool is_success(int code) { return code >= 200 && code < 300; }
inline bool is_refusal(int code) { return code >= 400 && code < 600; }

/// RFC 5321 4.5.3.1.10; 552 is what RFC 821 servers say (KumoMTA: ready queues).
bool says_too_many(const mail::response& r);

/// The first verdict about a recipient stands.
void settle(recipient_reply& r, const mail::response& reply);
void settle_rest(send_result& out, const mail::response& reply);

/// A reply of a class that cannot follow `command`.
client_error unexpected_reply(std::string_view command, const mail::response& reply);

}  // namespace godwit::smtp
