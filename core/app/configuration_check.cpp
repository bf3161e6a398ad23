#include "app/configuration_check.hpp"

#include "app/privileges.hpp"
#include "log/filter.hpp"
#include "log/line.hpp"
#include "net/tls_context.hpp"

namespace godwit::app {

namespace {

template <class T>
void note(configuration& c, std::string path, const result<T>& checked) {
  if (!checked) c.found.push_back({std::move(path), checked.why().text});
}

/// By the names of their tables, which are in the order of the listeners.
template <class T>
void check_listeners(configuration& c, const char* key, const std::vector<T>& listeners) {
  const auto* tables = c.source.root.find(key);
  if (!tables || !tables->as_object()) return;
  auto listener = listeners.begin();
  for (const auto& [name, unused] : *tables->as_object()) {
    note(c, config::detail::join(key, name), check_certificate((listener++)->tls()));
  }
}

/// A policy may define what the file does not.
void check_completeness(configuration& c) {
  if (c.content.policy) return;
  c.content.queues->check_references(c.found);
  if (c.content.spools.empty()) c.found.push_back({"spool", "no spool is defined: write [spool.data] and [spool.meta]"});
  if (c.content.listeners.empty()) c.found.push_back({"listener", "no listener is defined: write [listener.NAME]"});
}

}  // namespace

result<void> check_certificate(const net::tls_server_options& tls) {
  for (const auto* source : {&tls.certificate, &tls.private_key, &tls.required_client_ca}) {
    if (source->find("event_name")) return {};
  }
  if (tls.certificate.is_null() && tls.private_key.is_null() && tls.required_client_ca.is_null()) return {};
  const auto made = net::tls_context::make_server(tls);
  return made ? result<void>() : made.why();
}

void check_configuration(configuration& c) {
  const auto& s = c.content;
  if (s.runtime.user) note(c, "runtime.user", check_user(*s.runtime.user));
  note(c, "log.filter", log::filter::parse(s.log.filter));
  if (!log::line_format_from(s.log.format)) {
    c.found.push_back({"log.format", fmt::format("'{}' is unknown: write full, compact, pretty or json", s.log.format)});
  }
  check_listeners(c, "listener", s.listeners);
  check_listeners(c, "http", s.http_listeners);
  check_completeness(c);
}

}  // namespace godwit::app
