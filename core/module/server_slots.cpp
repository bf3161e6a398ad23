// Server, instance, options.
#include "log/log.hpp"
#include "module/host_table.hpp"
#include "module/instance.hpp"

namespace godwit::module {

namespace {

log::level level_of(int32_t level) {
  switch (level) {
    case GODWIT_LOG_TRACE:
      return log::level::trace;
    case GODWIT_LOG_DEBUG:
      return log::level::debug;
    case GODWIT_LOG_INFO:
      return log::level::info;
    case GODWIT_LOG_WARN:
      return log::level::warn;
    default:
      return log::level::error;
  }
}

godwit_str server_info(godwit_instance* self, godwit_str key) {
  const auto& s = self->host->services;
  const auto name = view(key);
  if (name == "version") return str(s.version);
  if (name == "hostname") return str(s.hostname);
  if (name == "node_id") return str(s.node_id);
  return {};
}

int64_t now_wall() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

int64_t now_steady() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

int32_t log_enabled(godwit_instance* self, int32_t level) {
  return log::enabled(level_of(level), self->id.name);
}

void log_write(godwit_instance* self, int32_t level, godwit_str text) {
  const auto l = level_of(level);
  if (log::enabled(l, self->id.name)) log::write(l, self->id.name, view(text));
}

void instance_fail(godwit_instance* self, godwit_str text) { self->failure = view(text); }

void health_set(godwit_instance* self, godwit_str what, int32_t healthy, godwit_str reason) {
  self->host->health.set(self->id.name, view(what), healthy != 0, view(reason));
}

godwit_status options_parse(godwit_instance* self, const godwit_option_table* table, const godwit_value* in,
                            godwit_value* out) {
  static const value nothing;
  const auto schema = self->schema(table);
  config::problems found;
  auto normalised = schema->parse(in ? *from_handle(in) : nothing, found);
  if (found.empty()) {
    *from_handle(out) = std::move(normalised);
    return GODWIT_OK;
  }
  *from_handle(out) = fmt::format("{}: {}", schema->name(), config::describe(found));
  return GODWIT_INVALID;
}

}  // namespace

void fill_server_slots(godwit_host& h) {
  h.server_info_borrow = server_info;
  h.now_wall = now_wall;
  h.now_steady = now_steady;
  h.log_enabled = log_enabled;
  h.log_write = log_write;
  h.instance_fail = instance_fail;
  h.health_set = health_set;
  h.options_parse = options_parse;
}

}  // namespace godwit::module
