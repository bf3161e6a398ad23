#pragma once
// The events that a module may handle, in the order in which a message meets them: on(event::smtp_server_rcpt_to, handler).
// Of this file scripts/check-hooks makes the tables of the page on hooks: "Arguments:" are call::argument(0) and on, in this
// order, "Answers:" what a handler may answer.

#include <string_view>

namespace godwit::sdk::event {

// ## Events of reception
// Names and meaning are KumoMTA's. Since ABI 1.0.

/// Before the banner.
/// Arguments: connection
/// Answers: proceed, reject, disconnect
inline constexpr std::string_view smtp_server_connection_accepted = "smtp_server_connection_accepted";

/// Once a connection, before `smtp_server_connection_accepted`.
/// Arguments: text: local address; connection
/// Answers: value: table of listener options
inline constexpr std::string_view smtp_server_get_dynamic_parameters = "smtp_server_get_dynamic_parameters";

/// EHLO and HELO.
/// Arguments: text: domain; connection; array: extension lines
/// Answers: proceed, reject, or value: array of the extension lines to offer
inline constexpr std::string_view smtp_server_ehlo = "smtp_server_ehlo";

/// AUTH PLAIN and LOGIN; an authorization identity that is empty has become the other.
/// Arguments: text: authorization identity; text: authentication identity; text: password; connection
/// Answers: value: true, false, or a table with `groups`
inline constexpr std::string_view smtp_server_auth_plain = "smtp_server_auth_plain";

/// For the domains of sender and recipient, at RCPT TO and after DATA.
/// Arguments: text: domain; text: local address; connection
/// Answers: value: table of listener domain options
inline constexpr std::string_view get_listener_domain = "get_listener_domain";

/// MAIL FROM.
/// Arguments: text: address; connection
/// Answers: proceed, reject
inline constexpr std::string_view smtp_server_mail_from = "smtp_server_mail_from";

/// RCPT TO, after the relay rule.
/// Arguments: text: address; connection
/// Answers: proceed, reject
inline constexpr std::string_view smtp_server_rcpt_to = "smtp_server_rcpt_to";

/// After DATA, before the transaction is split.
/// Arguments: message: with all recipients; connection
/// Answers: proceed, reject; the message may be changed
inline constexpr std::string_view smtp_server_data = "smtp_server_data";

/// Groups the recipients.
/// Arguments: message: with all recipients; connection
/// Answers: value: array of arrays of addresses
inline constexpr std::string_view smtp_server_split_transaction = "smtp_server_split_transaction";

/// For each message of the transaction, before it is on disk: its data is in memory.
/// Arguments: message; connection
/// Answers: proceed, reject; the message may be changed
inline constexpr std::string_view smtp_server_message_received = "smtp_server_message_received";

/// For each message of a listener with `deferred_queue`, after the reply.
/// Arguments: message; connection: made from the message's metadata
/// Answers: proceed, reject: 5xx bounces, else it is tried again
inline constexpr std::string_view smtp_server_message_deferred_inject = "smtp_server_message_deferred_inject";

/// Before each reply; errors are logged and ignored.
/// Arguments: integer: code; text: what follows it; text: command; connection
/// Answers: value: array of code and text
inline constexpr std::string_view smtp_server_rewrite_response = "smtp_server_rewrite_response";

// ## Events of HTTP

/// A request with Basic credentials; the answer holds 60 seconds.
/// Arguments: text: user; text or null: password
/// Answers: value: true, false, or a table with `identities` and `groups`
inline constexpr std::string_view http_server_validate_auth_basic = "http_server_validate_auth_basic";

/// A request with a Bearer token; the answer holds 60 seconds.
/// Arguments: text: token
/// Answers: value: true, false, or a table with `identities` and `groups`
inline constexpr std::string_view http_server_validate_auth_bearer = "http_server_validate_auth_bearer";

/// For each resource name of a request until a rule decides; the answer holds 5 minutes.
/// Arguments: text: resource
/// Answers: value: array of {criteria, privilege, access}, or nothing
inline constexpr std::string_view get_acl_definition = "get_acl_definition";

// ## Events of operation

/// On SIGUSR2 and on the command `reopen logs`: close files and open them anew. On the first loop.
/// Arguments: none
/// Answers: proceed; reject with a text when a file cannot be opened
inline constexpr std::string_view reopen_logs = "reopen_logs";

}  // namespace godwit::sdk::event
