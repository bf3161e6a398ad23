#pragma once
// What a module registers, as the fake host has them; include <godwit/testing/fake_host.hpp>.

#include <algorithm>

#include <godwit/testing/fake_host.hpp>
#include <godwit/testing/fake_text.hpp>

namespace godwit::sdk::testing::slots {

inline void fill_registration(godwit_host& h) {
  h.hook_add = [](godwit_instance* i, const godwit_hook* hook) {
    auto& all = i->host->hooks;
    const auto later = [](int32_t priority, const auto& other) { return priority < other.second.priority; };
    all.insert(std::upper_bound(all.begin(), all.end(), hook->priority, later), {owned(hook->event), *hook});
    return godwit_status{GODWIT_OK};
  };
  h.object_type_add = [](godwit_instance* i, const godwit_object_type* t) {
    i->host->object_types[owned(t->name)] = *t;
    return godwit_status{GODWIT_OK};
  };
  h.function_add = [](godwit_instance* i, const godwit_function* f) {
    fake_host::function_entry e;
    e.is_method = f->object.size > 0;
    e.name = e.is_method ? owned(f->object) + ":" + owned(f->name) : owned(f->module) + "." + owned(f->name);
    e.parameters.assign(f->parameters, f->parameters + f->parameter_count);
    e.handler = f->handler;
    e.context = f->context;
    i->host->functions[e.name] = e;
    return godwit_status{GODWIT_OK};
  };
  h.log_sink_add = [](godwit_instance* i, const godwit_log_sink* s) {
    i->host->sinks.push_back(*s);
    return godwit_status{GODWIT_OK};
  };
  h.diagnostic_sink_add = [](godwit_instance* i, const godwit_diagnostic_sink* s) {
    i->host->diagnostic_sinks.push_back(*s);
    return godwit_status{GODWIT_OK};
  };
  h.http_route_add = [](godwit_instance* i, const godwit_http_route* r) {
    const auto is_new = i->host->routes.emplace(owned(r->method) + " " + owned(r->path), *r).second;
    return is_new ? godwit_status{GODWIT_OK} : godwit_status{GODWIT_INVALID};
  };
  h.command_add = [](godwit_instance* i, const godwit_command* c) {
    fake_host::command_entry e;
    e.role = c->role;
    for (std::uint64_t w = 0; w < c->word_count; ++w) e.words.push_back(owned(c->words[w].name));
    e.handler = c->handler;
    e.context = c->context;
    i->host->commands[owned(c->name)] = e;
    return godwit_status{GODWIT_OK};
  };
}

}  // namespace godwit::sdk::testing::slots
