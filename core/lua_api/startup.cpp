#include "lua_api/startup.hpp"

#include "lua_api/declarations.hpp"

namespace godwit::lua_api {

namespace {

struct setting {
  const char* function;
  const char* name;
  const char* summary;
};

constexpr setting counts[] = {
    {"set_memory_hard_limit", "memory_hard_limit", "Bytes the process may use."},
    {"set_memory_soft_limit", "memory_soft_limit", "Bytes above which mail is refused."},
    {"set_memory_low_thresh", "memory_low_thresh", "Bytes above which messages leave memory."},
    {"set_smtpsrv_threads", "smtpsrv_threads", "Accepted; sessions run on the event loops."},
    {"set_readyq_threads", "readyq_threads", "Accepted; deliveries run on the event loops."},
    {"set_qmaint_threads", "qmaint_threads", "Accepted; queues are kept on the event loops."},
    {"set_ready_qmaint_threads", "ready_qmaint_threads", "Accepted; queues are kept on the event loops."},
    {"set_spoolin_threads", "spoolin_threads", "Accepted; the spool is listed in the blocking pool."},
    {"set_httpinject_threads", "httpinject_threads", "Accepted; requests run on the event loops."},
    {"set_logging_threads", "logging_threads", "Accepted; log sinks have their own threads."},
};

}  // namespace

void declare_startup(lua::module& kumo, services& s) {
  kumo.function("define_spool", {"params"}, "Defines a spool store; init only.",
                [&s](lua::strict<spool::store_options> p) {
                  return starting(s, "kumo.define_spool").add_spool(std::move(p.options));
                });
  kumo.function("start_esmtp_listener", {"params"}, "Starts an ESMTP listener; init only.",
                [&s](lua::strict<smtp::listener_options> p) {
                  return starting(s, "kumo.start_esmtp_listener").add_listener(std::move(p.options));
                });
  kumo.function("start_http_listener", {"params"}, "Starts an HTTP listener; init only.",
                [&s](lua::strict<http::listener_options> p) {
                  return starting(s, "kumo.start_http_listener").add_http_listener(std::move(p.options));
                });
  kumo.function(
      "configure_accounting_db_path", {"path"}, "Accepted; no accounting database is kept. init only.",
      [&s](std::string path) {
        return starting(s, "kumo.configure_accounting_db_path").configure("accounting_db_path", value(path));
      });
  for (const auto& c : counts) {
    kumo.function(c.function, {"n"}, c.summary,
                  [&s, c](std::int64_t n) { return starting(s, c.function).configure(c.name, value(n)); });
  }
}

}  // namespace godwit::lua_api
