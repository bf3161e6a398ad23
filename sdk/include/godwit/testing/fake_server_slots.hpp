#pragma once
// Server, log, health and option tables, as the fake host has them; include <godwit/testing/fake_host.hpp>.

#include <godwit/testing/fake_host.hpp>
#include <godwit/testing/fake_text.hpp>

namespace godwit::sdk::testing::slots {

inline void fill_server(godwit_host& h) {
  h.server_info_borrow = [](godwit_instance* i, godwit_str key) { return str(i->host->info[owned(key)]); };
  h.now_wall = []() -> std::int64_t { return godwit::sdk::detail::bound.self->host->wall_ns; };
  h.now_steady = []() -> std::int64_t { return godwit::sdk::detail::bound.self->host->steady_ns; };
  h.log_enabled = [](godwit_instance*, int32_t) -> int32_t { return 1; };
  h.log_write = [](godwit_instance* i, int32_t level, godwit_str text) {
    const std::lock_guard lock(i->host->mutex);
    i->host->log.push_back({level, owned(text)});
  };
  h.instance_fail = [](godwit_instance* i, godwit_str text) {
    i->host->log.push_back({GODWIT_LOG_ERROR, owned(text)});
  };
  h.health_set = [](godwit_instance* i, godwit_str what, int32_t healthy, godwit_str reason) {
    const std::lock_guard lock(i->host->mutex);
    if (healthy)
      i->host->unhealthy.erase(owned(what));
    else
      i->host->unhealthy[owned(what)] = owned(reason);
  };
  h.options_parse = [](godwit_instance*, const godwit_option_table* table, const godwit_value* in,
                       godwit_value* out) {
    option_reader reader;
    reader.read_table(*table, in, *out);
    if (reader.problems.empty()) return godwit_status{GODWIT_OK};
    out->become(GODWIT_TEXT);
    out->text = owned(table->name) + ": " + reader.problems;
    return godwit_status{GODWIT_INVALID};
  };
}

}  // namespace godwit::sdk::testing::slots
