#include "hook/catalogue.hpp"

#include <algorithm>
#include <vector>

#include "base/text.hpp"

namespace godwit::hook {

namespace {

constexpr bool multiple = true, single = false, for_modules = true, policy_only = false;

// In the order in which a message meets them.
constexpr event_doc documented[] = {
    {"pre_init", "", "", "Once, before init.", multiple, policy_only},
    {"init", "", "", "Once at start: spools, listeners and logs are defined here.", single, policy_only},
    {"validate_config", "", "", "Once, under --validate; handlers print problems and call kumo.validation_failed.", multiple,
     policy_only},
    {"smtp_server_connection_accepted", "conn_meta", "reject, disconnect", "Before the banner.", single, for_modules},
    {"smtp_server_get_dynamic_parameters", "listener address, conn_meta", "table of listener options",
     "Once a connection, before smtp_server_connection_accepted.", single, for_modules},
    {"smtp_server_ehlo", "domain, conn_meta, extension lines", "reject; or the extension lines to offer", "EHLO and HELO.",
     single, for_modules},
    {"smtp_server_auth_plain", "authz, authc, password, conn_meta", "true, false, or a table with groups",
     "AUTH PLAIN and LOGIN; an empty authz has become authc.", single, for_modules},
    {"get_listener_domain", "domain, listener address, conn_meta", "object of kumo.make_listener_domain, or nil",
     "For the domains of sender and recipient, at RCPT TO and after DATA.", single, for_modules},
    {"smtp_server_mail_from", "sender, conn_meta", "reject", "MAIL FROM.", single, for_modules},
    {"smtp_server_rcpt_to", "recipient, conn_meta", "reject", "RCPT TO, after the relay rule.", single, for_modules},
    {"smtp_server_data", "message, conn_meta", "reject; content, recipients, metadata and schedule may be changed",
     "After DATA, before the transaction is split.", single, for_modules},
    {"smtp_server_split_transaction", "message, conn_meta", "array of arrays of addresses, or nil",
     "Groups the recipients; nil applies batch_handling.", single, for_modules},
    {"smtp_server_message_received", "message, conn_meta", "reject; the message may be changed",
     "For each message of the transaction, before it is on disk.", single, for_modules},
    {"smtp_server_message_deferred_inject", "message, conn_meta", "reject: 5xx bounces, else it is tried again",
     "For each message of a listener with deferred_queue, after the reply.", single, for_modules},
    {"smtp_server_rewrite_response", "code, text, command, conn_meta", "code, text; nil keeps a value",
     "Before each reply; errors are logged and ignored.", single, for_modules},
    {"get_queue_config", "domain, tenant, campaign, routing_domain", "object of kumo.make_queue_config, or nil",
     "When a scheduled queue is made or refreshed.", multiple, policy_only},
    {"throttle_insert_ready_queue", "message", "set_due delays the message",
     "Before a message moves from its scheduled to a ready queue.", multiple, policy_only},
    {"get_egress_pool", "pool name", "object of kumo.make_egress_pool", "When a pool is resolved.", single, policy_only},
    {"get_egress_source", "source name", "object of kumo.make_egress_source", "When a source is resolved.", single,
     policy_only},
    {"get_egress_path_config", "routing_domain, source, site", "object of kumo.make_egress_path",
     "When a ready queue is made or refreshed.", single, policy_only},
    {"smtp_client_rewrite_delivery_status", "response, domain, tenant, campaign, routing_domain", "integer code, or nil",
     "When a peer does not accept a message.", single, policy_only},
    {"reopen_logs", "", "", "On SIGUSR2 and on the command reopen logs: files are closed and opened anew.", multiple, for_modules},
    {"requeue_message", "message, response, insert_context, increment_attempts, delay",
     "reject bounces; metadata may name another queue", "After a transient failure, before the message waits again.", multiple,
     policy_only},
    {"http_server_validate_auth_basic", "user, password or nil", "true, false, or a table like AuthInfo",
     "A request with Basic credentials; the answer holds 60 seconds.", single, for_modules},
    {"http_server_validate_auth_bearer", "token", "true, false, or a table like AuthInfo",
     "A request with a Bearer token; the answer holds 60 seconds.", single, for_modules},
    {"get_acl_definition", "resource name", "access control list, or nil",
     "For each resource name of a request until a rule decides; the answer holds 5 minutes.", multiple, for_modules},
};

constexpr std::string_view never_fired[] = {
    "http_message_generated",
    "main",
    "proxy_init",
    "proxy_server_auth_rfc1929",
    "rebind_message",
    "should_enqueue_log_record",
    "shutdown_logging",
    "spool_message_enumerated",
    "tsa_init",
    "tsa_load_shaping_data",
    "xfer_message_received",
};

}  // namespace

std::span<const event_doc> catalogue() { return documented; }

std::string event_meant_by(std::string_view name) {
  std::vector<std::string> names;
  for (const auto& e : documented) {
    if (e.name == name) return {};
    names.emplace_back(e.name);
  }
  return nearest(name, names);
}

bool is_never_fired(std::string_view name) {
  return name.starts_with("log_disposition_") || std::ranges::find(never_fired, name) != std::end(never_fired);
}

}  // namespace godwit::hook
