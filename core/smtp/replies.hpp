#pragma once
// The texts of the server's replies (KumoMTA's) and how a reply looks on the wire.

#include <string>
#include <string_view>

#include "mail/response.hpp"

namespace godwit::smtp {

/// A reply whose text never changes.
struct canned_reply {
  int code;
  std::string_view text;

  mail::response value() const { return mail::response::parse(code, text); }
};

namespace replies {

inline constexpr canned_reply reset{250, "Reset state"};
inline constexpr canned_reply noop{250, "the goggles do nothing"};
inline constexpr canned_reply quit{221, "So long, and thanks for all the fish!"};
inline constexpr canned_reply start_tls{220, "Ready to Start TLS"};
inline constexpr canned_reply go_ahead{354, "Send body; end with CRLF.CRLF"};
inline constexpr canned_reply auth_ok{235, "2.7.0 AUTH OK!"};

inline constexpr canned_reply tls_active{501, "Cannot STARTTLS as TLS is already active"};
inline constexpr canned_reply tls_unavailable{454, "4.7.0 TLS not available due to temporary reason"};
inline constexpr canned_reply input_before_reply{554,
                                                 "5.5.1 this command must be the last of a pipelined group"};
inline constexpr canned_reply auth_invalid{535, "5.7.8 AUTH invalid"};
inline constexpr canned_reply auth_twice{503, "5.5.1 AUTH me once, can't get authed again!"};
inline constexpr canned_reply auth_in_transaction{503, "5.5.1 AUTH not permitted inside a transaction"};
inline constexpr canned_reply auth_line_too_long{500, "5.5.6 authentication exchange line too long"};
inline constexpr canned_reply mail_repeated{503, "5.5.0 MAIL FROM already issued; you must RSET first"};
inline constexpr canned_reply need_mail{503, "5.5.0 MAIL FROM must be issued first"};
inline constexpr canned_reply need_rcpt{503, "5.5.0 RCPT TO must be issued first"};
inline constexpr canned_reply data_after_bdat{503, "5.5.1 DATA not permitted after BDAT"};
inline constexpr canned_reply bdat_failed{503, "5.5.1 a chunk of this message failed; you must RSET first"};
inline constexpr canned_reply bad_recipient{501, "5.1.3 Invalid recipient address syntax"};
inline constexpr canned_reply too_many_recipients{452, "4.5.3 too many recipients"};
inline constexpr canned_reply too_big{552, "5.3.4 message too big"};
inline constexpr canned_reply line_too_long{500, "5.2.3 line too long"};
inline constexpr canned_reply bad_line_endings{552, "5.6.0 message data must use CRLF for line endings"};
inline constexpr canned_reply unimplemented{502, "5.5.1 Command unimplemented"};
inline constexpr canned_reply invalid_utf8{501, "5.5.2 Invalid UTF-8 in command"};
inline constexpr canned_reply xclient_denied{550, "insufficient authorization"};
inline constexpr canned_reply xclient_in_transaction{503, "mail transaction in progress"};

mail::response syntax_error(std::string_view why);  ///< 501 Syntax error in command or arguments: WHY
mail::response bad_sender(std::string_view why);    ///< 501 5.1.7 Invalid sender address syntax: WHY
mail::response unsupported_parameter(std::string_view which);  ///< 555 5.5.4
mail::response auth_needs_tls(std::string_view mechanism);
mail::response auth_unknown(std::string_view mechanism);
mail::response too_many_connections(std::string_view host);
mail::response shutting_down(std::string_view host);
mail::response idle_too_long(std::string_view host);
mail::response technical_difficulties(std::string_view host);
mail::response too_many_messages(std::string_view host);
mail::response too_many_errors(std::string_view host);

}  // namespace replies

/// "250-one\r\n250 two\r\n". Every line carries the enhanced code (RFC 2034). A stray CR or LF becomes a
/// space: a text from a policy cannot make a reply of its own.
void append_reply(std::string& out, const mail::response& reply);
void append_reply(std::string& out, const canned_reply& reply);
/// One line, for texts made on the spot.
void append_line(std::string& out, int code, char separator, std::string_view text);

}  // namespace godwit::smtp
