// Hooks, object types, Lua functions, sinks of log records and diagnostics, HTTP routes, console commands.
#include <algorithm>

#include "control/registry.hpp"
#include "log/log.hpp"
#include "module/command_handler.hpp"
#include "module/diagnostic_sink.hpp"
#include "module/hook_handler.hpp"
#include "module/host_table.hpp"
#include "module/http_route.hpp"
#include "module/instance.hpp"
#include "module/log_sink.hpp"
#include "module/record_dispatcher.hpp"
#include "module/script_function.hpp"

namespace godwit::module {

namespace {

bool is_initialising(const godwit_instance* self) { return self->phase == phase::configured; }

godwit_status outcome(godwit_instance* self, const result<void>& r) {
  if (r) return GODWIT_OK;
  self->failure = r.why().text;
  log::error("module", "{}: {}", self->id.name, r.why().text);
  return GODWIT_INVALID;
}

godwit_status hook_add(godwit_instance* self, const godwit_hook* h) {
  if (!is_initialising(self)) return GODWIT_WRONG_PHASE;
  if (h->size < sizeof(godwit_hook) || h->handler == nullptr || h->event.size == 0) return GODWIT_INVALID;
  hook::registration r;
  r.owner = self->id.name;
  r.priority = h->priority;
  if (h->timeout_ns > 0) r.timeout = std::chrono::nanoseconds(h->timeout_ns);
  const auto same = [&](const hook::named_registration& other) { return other.event == view(h->event); };
  const auto ordinal = std::count_if(self->hooks.begin(), self->hooks.end(), same);
  r.handler = std::make_shared<hook_handler>(self->shared_from_this(), *h, static_cast<std::size_t>(ordinal));
  self->hooks.push_back({std::string(view(h->event)), std::move(r)});
  return GODWIT_OK;
}

godwit_status object_type_add(godwit_instance* self, const godwit_object_type* t) {
  if (!is_initialising(self)) return GODWIT_WRONG_PHASE;
  return outcome(self, declare_object_type(self->shared_from_this(), *t));
}

godwit_status function_add(godwit_instance* self, const godwit_function* f) {
  if (!is_initialising(self)) return GODWIT_WRONG_PHASE;
  if (f->size < sizeof(godwit_function)) return GODWIT_INVALID;
  return outcome(self, declare_function(self->shared_from_this(), *f));
}

godwit_status log_sink_add(godwit_instance* self, const godwit_log_sink* s) {
  if (self->phase >= phase::draining || self->phase < phase::configured) return GODWIT_WRONG_PHASE;
  if (s->size < sizeof(godwit_log_sink) || s->submit == nullptr) return GODWIT_INVALID;
  auto sink = std::make_shared<log_sink>(self->shared_from_this(), *s, !self->is_published && self->sinks.empty());
  if (self->is_published)
    self->host->services.records.add(self->id.name, std::string(view(s->name)), std::move(sink));
  else
    self->sinks.push_back({self->id.name, std::string(view(s->name)), std::move(sink)});
  return GODWIT_OK;
}

godwit_status diagnostic_sink_add(godwit_instance* self, const godwit_diagnostic_sink* s) {
  if (self->phase >= phase::draining || self->phase < phase::configured) return GODWIT_WRONG_PHASE;
  if (s->size < sizeof(godwit_diagnostic_sink) || s->write == nullptr) return GODWIT_INVALID;
  if (s->lowest_level < GODWIT_LOG_TRACE || s->lowest_level > GODWIT_LOG_ERROR) return GODWIT_INVALID;
  self->taps.push_back(std::make_shared<diagnostic_sink>(self->shared_from_this(), *s));
  log::add_tap(static_cast<log::level>(s->lowest_level), self->taps.back());
  return GODWIT_OK;
}

godwit_status http_route_add(godwit_instance* self, const godwit_http_route* r) {
  if (!is_initialising(self)) return GODWIT_WRONG_PHASE;
  if (r->size < sizeof(godwit_http_route)) return GODWIT_INVALID;
  return outcome(self, add_http_route(self->shared_from_this(), *r));
}

godwit_status command_add(godwit_instance* self, const godwit_command* c) {
  if (!is_initialising(self)) return GODWIT_WRONG_PHASE;
  if (c->size < sizeof(godwit_command) || c->handler == nullptr) return GODWIT_INVALID;
  auto* commands = self->host->services.commands;
  if (commands == nullptr) return GODWIT_OK;
  return outcome(self, commands->add(self->id.name, make_command(self->shared_from_this(), *c)));
}

}  // namespace

void fill_registration_slots(godwit_host& h) {
  h.hook_add = hook_add;
  h.object_type_add = object_type_add;
  h.function_add = function_add;
  h.log_sink_add = log_sink_add;
  h.diagnostic_sink_add = diagnostic_sink_add;
  h.http_route_add = http_route_add;
  h.command_add = command_add;
}

}  // namespace godwit::module
