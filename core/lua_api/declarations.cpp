#include "lua_api/declarations.hpp"

#include <stdexcept>

#include "lua_api/startup.hpp"

namespace godwit::lua_api {

startup_sink& starting(services& s, const char* function) {
  if (!s.startup)
    throw std::runtime_error(fmt::format("{} may be called from pre_init and init only", function));
  return *s.startup;
}

namespace {

/// Functions of the reference that come with shared objects: a call before says which one to enable.
void declare_provided(lua::module& kumo) {
  kumo.placeholder("configure_local_logs", "log_json", "Enables JSON-lines logs.");
}

}  // namespace

result<void> declare_all(lua::registry& scripts, services& s) {
  lua::module kumo("kumo", "The server: listeners, spools, queues, egress, messages.");
  lua::module serde("kumo.serde", "JSON and TOML to and from values.");
  lua::module fs("kumo.fs", "Names of files.");
  lua::module time("kumo.time", "Time and waiting.");
  lua::module dns("kumo.dns", "Name resolution.");
  lua::module aaa("kumo.aaa", "Who may do what over HTTP.");
  declare_core(kumo, s);
  declare_startup(kumo, s);
  declare_egress(kumo, s);
  declare_messages(kumo, s);
  declare_headers(kumo, s);
  declare_reports(kumo, s);
  declare_addresses(kumo);
  declare_connections(kumo);
  declare_memoize(kumo, s);
  declare_throttles(kumo);
  declare_provided(kumo);
  declare_serde(serde, kumo);
  declare_files(fs, kumo);
  declare_time(time, kumo);
  declare_dns(dns, s);
  declare_aaa(aaa, s);
  for (auto* m : {&kumo, &serde, &fs, &time, &dns, &aaa}) {
    if (auto ok = scripts.add("core", std::move(*m)); !ok) return ok;
  }
  return {};
}

}  // namespace godwit::lua_api
