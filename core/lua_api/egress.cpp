// kumo.make_*: strict option tables that become objects, readable like tables.
#include "lua_api/declarations.hpp"
#include "lua_api/types.hpp"
#include "queue/policy.hpp"

namespace godwit::lua_api {

namespace {

template <class T>
void declare_record(lua::module& kumo, const char* function, const char* summary) {
  kumo.function(function, {"params"}, summary,
                [](lua::strict<T> p) { return std::make_shared<T>(std::move(p.options)); });
  kumo.type<T>(summary).like_table([](const T& v) { return config::table_of<T>::get().render(v); });
}

template <class T>
result<value> rendered(const result<T>& config) {
  if (!config) return config.why();
  return config::table_of<T>::get().render(*config);
}

// What the queue would be told, as a plain table.
void declare_invocations(lua::module& kumo, services& s) {
  using text = std::string;
  using answer = rt::task<result<value>>;
  kumo.function("invoke_get_queue_config", {"queue_name"}, "The configuration of a scheduled queue.",
                [&s](text name) -> answer {
                  const auto parsed = mail::queue_name::parse(name);
                  co_return rendered(co_await s.queue_events->get_queue_config(parsed));
                });
  kumo.function("invoke_get_egress_pool", {"pool_name"}, "The definition of an egress pool.",
                [&s](std::optional<text> name) -> answer {
                  const text pool = name.value_or("unspecified");
                  co_return rendered(co_await s.queue_events->get_egress_pool(pool));
                });
  kumo.function(
      "invoke_get_egress_source", {"source_name"}, "The definition of an egress source.",
      [&s](text name) -> answer { co_return rendered(co_await s.queue_events->get_egress_source(name)); });
  kumo.function("invoke_get_egress_path_config", {"routing_domain", "egress_source", "site_name"},
                "The traffic shaping of a source towards a site.",
                [&s](text domain, text source, text site) -> answer {
                  co_return rendered(co_await s.queue_events->get_egress_path_config(domain, source, site));
                });
}

}  // namespace

void declare_egress(lua::module& kumo, services& s) {
  declare_invocations(kumo, s);
  declare_record<queue::queue_config>(kumo, "make_queue_config", "Options of a scheduled queue.");
  declare_record<queue::egress_pool_config>(kumo, "make_egress_pool", "A weighted pool of sources.");
  declare_record<queue::egress_source_config>(kumo, "make_egress_source", "An egress source.");
  declare_record<queue::egress_path_config>(kumo, "make_egress_path",
                                            "Traffic shaping of one source towards one site.");
  declare_record<smtp::listener_domain>(kumo, "make_listener_domain", "Relaying and reports of one domain.");
}

}  // namespace godwit::lua_api
