#pragma once
// The slots of the fake host; include <godwit/testing/fake_host.hpp>.

#include <algorithm>

namespace godwit::sdk::testing::slots {

inline std::string owned(godwit_str s) { return std::string(text_of(s)); }
inline godwit_str str(std::string_view s) { return {s.data(), s.size()}; }

inline std::string series(godwit_str name, const godwit_value* labels) {
  std::string key = owned(name);
  if (labels == nullptr || labels->items.empty()) return key;
  key += '{';
  for (const auto& v : labels->items) key += (key.ends_with('{') ? "" : ",") + v->text;
  return key + "}";
}

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

inline void fill_value_reads(godwit_host& h) {
  h.value_kind = [](const godwit_value* v) { return v ? v->kind : int32_t{GODWIT_NULL}; };
  h.value_boolean = [](const godwit_value* v) -> int32_t {
    return v && v->kind == GODWIT_BOOLEAN && v->integer;
  };
  h.value_integer = [](const godwit_value* v) -> std::int64_t {
    if (!v) return 0;
    return v->kind == GODWIT_INTEGER  ? v->integer
           : v->kind == GODWIT_NUMBER ? static_cast<std::int64_t>(v->number)
                                      : 0;
  };
  h.value_number = [](const godwit_value* v) {
    if (!v) return 0.0;
    return v->kind == GODWIT_NUMBER    ? v->number
           : v->kind == GODWIT_INTEGER ? static_cast<double>(v->integer)
                                       : 0.0;
  };
  h.value_text_borrow = [](const godwit_value* v) { return v ? str(v->text) : str(""); };
  h.value_count = [](const godwit_value* v) -> std::uint64_t { return v ? v->items.size() : 0; };
  h.value_element_borrow = [](const godwit_value* v, std::uint64_t i) -> const godwit_value* {
    return v && i < v->items.size() ? v->items[i].get() : nullptr;
  };
  h.value_key_borrow = [](const godwit_value* v, std::uint64_t i) {
    return v && i < v->keys.size() ? str(v->keys[i]) : str("");
  };
  h.value_member_borrow = [](const godwit_value* v, godwit_str key) {
    return v ? v->find(text_of(key)) : nullptr;
  };
  h.value_write_json = [](const godwit_value* v, void (*write)(void*, godwit_str), void* context) {
    std::string out;
    write_json(out, v);
    write(context, str(out));
  };
}

inline void fill_value_writes(godwit_host& h) {
  h.value_new = [] { return new godwit_value(); };
  h.value_copy = [](const godwit_value* v) { return v ? new godwit_value(*v) : new godwit_value(); };
  h.value_free = [](godwit_value* v) { delete v; };
  h.value_set_null = [](godwit_value* v) { v->become(GODWIT_NULL); };
  h.value_set_boolean = [](godwit_value* v, int32_t b) { v->become(GODWIT_BOOLEAN), v->integer = b != 0; };
  h.value_set_integer = [](godwit_value* v, std::int64_t n) { v->become(GODWIT_INTEGER), v->integer = n; };
  h.value_set_number = [](godwit_value* v, double n) { v->become(GODWIT_NUMBER), v->number = n; };
  h.value_set_text = [](godwit_value* v, godwit_str s) {
    auto text = owned(s);
    v->become(GODWIT_TEXT);
    v->text = std::move(text);
  };
  h.value_set_array = [](godwit_value* v) { v->become(GODWIT_ARRAY); };
  h.value_set_object = [](godwit_value* v) { v->become(GODWIT_OBJECT); };
  h.value_assign = [](godwit_value* v, const godwit_value* from) {
    *v = from ? godwit_value(*from) : godwit_value();
  };
  h.value_element_add = [](godwit_value* v) -> godwit_value* {
    return v->kind == GODWIT_ARRAY ? v->items.emplace_back(std::make_unique<godwit_value>()).get() : nullptr;
  };
  h.value_member_add = [](godwit_value* v, godwit_str key) -> godwit_value* {
    return v->kind == GODWIT_OBJECT ? &v->member(text_of(key)) : nullptr;
  };
  h.value_parse_json = [](godwit_value* out, godwit_str text) {
    if (json_reader(text_of(text)).read_document(*out)) return godwit_status{GODWIT_OK};
    out->become(GODWIT_TEXT);
    out->text = "not JSON";
    return godwit_status{GODWIT_INVALID};
  };
}

inline void fill_metrics(godwit_host& h) {
  h.metric_counter = [](godwit_instance* i, godwit_str name, godwit_str, const godwit_value* labels) {
    return &i->host->counters[series(name, labels)];
  };
  h.metric_gauge = [](godwit_instance* i, godwit_str name, godwit_str, const godwit_value* labels) {
    return &i->host->gauges[series(name, labels)];
  };
  h.metric_histogram = [](godwit_instance* i, godwit_str name, godwit_str, const godwit_value* labels) {
    return &i->host->histograms[series(name, labels)];
  };
  static const auto locked = [] { return std::unique_lock(godwit::sdk::detail::bound.self->host->mutex); };
  h.counter_add = [](godwit_counter* c, std::uint64_t n) { locked(), c->n += n; };
  h.gauge_add = [](godwit_gauge* g, std::int64_t n) { locked(), g->n += n; };
  h.gauge_set = [](godwit_gauge* g, std::int64_t n) { locked(), g->n = n; };
  h.histogram_observe = [](godwit_histogram* m, double seconds) { locked(), m->seconds.push_back(seconds); };
}

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

inline const fake_argument* argument(const godwit_call* c, std::uint64_t i) {
  return i < c->arguments.size() ? &c->arguments[i] : nullptr;
}

/// An answer consumes a deferred handle; the handle of the handler itself is ignored once the call was
/// deferred.
template <class Fill>
void answer(godwit_call* c, fake_answer::kind what, Fill fill) {
  if (!c->is_deferred && *c->was_deferred) return;
  if (c->answer->what == fake_answer::kind::none) {
    c->answer->what = what;
    fill(*c->answer);
  }
  if (c->is_deferred) delete c;
}

inline void fill_arguments(godwit_host& h) {
  h.call_name_borrow = [](const godwit_call* c) { return str(c->name); };
  h.call_argument_count = [](const godwit_call* c) -> std::uint64_t { return c->arguments.size(); };
  h.call_argument_kind = [](const godwit_call* c, std::uint64_t i) {
    return argument(c, i) ? argument(c, i)->kind : int32_t{GODWIT_ARGUMENT_NONE};
  };
  h.call_argument_value_borrow = [](const godwit_call* c, std::uint64_t i) -> const godwit_value* {
    const auto* a = argument(c, i);
    return a && a->kind == GODWIT_ARGUMENT_VALUE ? &a->content : nullptr;
  };
  h.call_argument_message_borrow = [](const godwit_call* c, std::uint64_t i) {
    return argument(c, i) ? argument(c, i)->message : nullptr;
  };
  h.call_argument_connection_borrow = [](const godwit_call* c, std::uint64_t i) {
    return argument(c, i) ? argument(c, i)->connection : nullptr;
  };
  h.call_argument_object_borrow = [](const godwit_call* c, std::uint64_t i) {
    return argument(c, i) ? argument(c, i)->object : nullptr;
  };
}

inline void fill_answers(godwit_host& h) {
  using kind = fake_answer::kind;
  h.call_proceed = [](godwit_call* c) { answer(c, kind::proceed, [](fake_answer&) {}); };
  h.call_done = [](godwit_call* c) { answer(c, kind::done, [](fake_answer&) {}); };
  h.call_reject = [](godwit_call* c, int32_t code, godwit_str text) {
    answer(c, kind::reject, [&](fake_answer& a) { a.code = code, a.text = owned(text); });
  };
  h.call_disconnect = [](godwit_call* c, int32_t, int32_t code, godwit_str text) {
    answer(c, kind::disconnect, [&](fake_answer& a) { a.code = code, a.text = owned(text); });
  };
  h.call_return_value_take = [](godwit_call* c, godwit_value* v) {
    const std::unique_ptr<godwit_value> taken(v);
    answer(c, kind::value, [&](fake_answer& a) { a.content = taken ? *taken : godwit_value(); });
  };
  h.call_return_object_take = [](godwit_call* c, godwit_str type, void* object) {
    const auto destroy = godwit::sdk::detail::bound.self->host->object_types.at(owned(type)).destroy;
    std::shared_ptr<void> held(object, destroy);
    answer(c, kind::object, [&](fake_answer& a) { a.object = held; });
  };
  h.call_fail = [](godwit_call* c, godwit_str text) {
    answer(c, kind::failed, [&](fake_answer& a) { a.text = owned(text); });
  };
  h.call_defer = [](godwit_call* c, godwit_callback, void*) {
    *c->was_deferred = true;
    auto* handle = new godwit_call(*c);
    handle->is_deferred = true;
    return handle;
  };
  h.call_is_cancelled = [](const godwit_call*) -> int32_t { return 0; };
}

inline void fill_envelope(godwit_host& h) {
  h.message_retain = [](godwit_message* m) { return new godwit_message(*m); };
  h.message_snapshot = [](godwit_message* m) { return new godwit_message(*m); };
  h.message_release = [](godwit_message* m) { delete m; };
  h.message_id_get = [](const godwit_message* m, char out[32]) { std::memcpy(out, m->id.data(), 32); };
  h.message_created = [](const godwit_message* m) { return m->created_ns; };
  h.message_attempts = [](const godwit_message* m) { return m->attempts; };
  h.message_sender_borrow = [](const godwit_message* m) { return str(m->sender); };
  h.message_recipient_count = [](const godwit_message* m) -> std::uint64_t { return m->recipients.size(); };
  h.message_recipient_borrow = [](const godwit_message* m, std::uint64_t i) {
    return i < m->recipients.size() ? str(m->recipients[i]) : str("");
  };
  h.message_sender_set = [](godwit_message* m, godwit_str s) {
    return m->sender = owned(s), godwit_status{GODWIT_OK};
  };
  h.message_meta_borrow = [](const godwit_message* m, godwit_str key) { return m->meta.find(text_of(key)); };
  h.message_meta_count = [](const godwit_message* m) -> std::uint64_t { return m->meta.items.size(); };
  h.message_meta_at_borrow = [](const godwit_message* m, std::uint64_t i, godwit_str* key,
                                const godwit_value** v) {
    if (i >= m->meta.items.size()) return godwit_status{GODWIT_NOT_FOUND};
    *key = str(m->meta.keys[i]);
    *v = m->meta.items[i].get();
    return godwit_status{GODWIT_OK};
  };
  h.message_meta_set = [](godwit_message* m, godwit_str key, const godwit_value* v) {
    m->meta.member(text_of(key)) = v ? godwit_value(*v) : godwit_value();
    return godwit_status{GODWIT_OK};
  };
}

inline void fill_data(godwit_host& h) {
  h.message_size = [](const godwit_message* m) -> std::uint64_t {
    return m->is_loaded ? m->prefix.size() + m->data.size() : 0;
  };
  h.message_data_borrow = [](const godwit_message* m, godwit_str* pieces, std::uint64_t capacity,
                             std::uint64_t* count) {
    *count = 0;
    if (!m->is_loaded) return godwit_status{GODWIT_NOT_LOADED};
    for (const auto* part : {&m->prefix, &m->data})
      if (!part->empty() && *count < capacity) pieces[(*count)++] = str(*part);
    return godwit_status{GODWIT_OK};
  };
  h.message_data_set = [](godwit_message* m, godwit_str bytes) {
    m->data = owned(bytes);
    m->prefix.clear();
    return godwit_status{GODWIT_OK};
  };
  h.message_headers_each = [](const godwit_message* m, godwit_header_callback visit, void* context) {
    if (!m->is_loaded) return godwit_status{GODWIT_NOT_LOADED};
    for (const auto* part : {&m->prefix, &m->data})
      each_field(*part,
                 [&](std::string_view name, std::string_view raw) { visit(context, str(name), str(raw)); });
    return godwit_status{GODWIT_OK};
  };
  h.message_header_prepend = [](godwit_message* m, godwit_str name, godwit_str v) {
    m->prefix = owned(name) + ": " + owned(v) + "\r\n" + m->prefix;
    return godwit_status{GODWIT_OK};
  };
  h.message_header_append = [](godwit_message* m, godwit_str name, godwit_str v) {
    m->data.insert(m->data.find("\r\n\r\n") + 2, owned(name) + ": " + owned(v) + "\r\n");
    return godwit_status{GODWIT_OK};
  };
  h.message_header_remove = [](godwit_message* m, godwit_str name) {
    std::string kept_fields;
    const auto all = m->bytes();
    each_field(all, [&](std::string_view n, std::string_view raw) {
      if (!same_name(n, text_of(name))) kept_fields.append(n).append(":").append(raw).append("\r\n");
    });
    const auto end = all.find("\r\n\r\n");
    m->data = kept_fields + (end == std::string::npos ? "\r\n" : all.substr(end + 2));
    m->prefix.clear();
    return godwit_status{GODWIT_OK};
  };
  h.header_decode = [](godwit_str raw, godwit_value* out) {
    auto text = unfolded(text_of(raw));
    out->become(GODWIT_TEXT);
    out->text = std::move(text);
  };
}

inline void fill_connections_and_records(godwit_host& h) {
  const auto text = [](godwit_value* out, const std::string& s) {
    out->become(GODWIT_TEXT);
    out->text = s;
    return godwit_status{GODWIT_OK};
  };
  static const auto put = text;
  h.connection_meta_borrow = [](const godwit_connection* c, godwit_str key) {
    return c->meta.find(text_of(key));
  };
  h.connection_meta_set = [](godwit_connection* c, godwit_str key, const godwit_value* v) {
    c->meta.member(text_of(key)) = v ? godwit_value(*v) : godwit_value();
    return godwit_status{GODWIT_OK};
  };
  h.connection_peer_get = [](const godwit_connection* c, godwit_value* out) { return put(out, c->peer); };
  h.connection_local_get = [](const godwit_connection* c, godwit_value* out) { return put(out, c->local); };
  h.connection_session_get = [](const godwit_connection* c, char out[32]) {
    std::memcpy(out, c->session.data(), 32);
    return godwit_status{GODWIT_OK};
  };
  h.record_fields_borrow = [](const godwit_record* r) { return &r->fields; };
  h.record_recipient_borrow = [](const godwit_record* r, std::uint64_t i) {
    return i < r->recipients.size() ? str(r->recipients[i]) : godwit_str{};
  };
  h.record_tls_peer_subject_borrow = [](const godwit_record* r, std::uint64_t i) {
    return i < r->tls_peer_subjects.size() ? str(r->tls_peer_subjects[i]) : godwit_str{};
  };
}

inline godwit_status answer_dns(godwit_instance* i, int32_t, godwit_str name, godwit_answer_callback f,
                                void* context) {
  const auto found = i->host->txt.find(owned(name));
  godwit_value list;
  list.become(GODWIT_ARRAY);
  if (found == i->host->txt.end()) {
    f(context, GODWIT_NOT_FOUND, nullptr, str("does not exist"));
    return GODWIT_OK;
  }
  for (const auto& text : found->second) {
    auto& item = *list.items.emplace_back(std::make_unique<godwit_value>());
    item.become(GODWIT_TEXT);
    item.text = text;
  }
  f(context, GODWIT_OK, &list, {});
  return GODWIT_OK;
}

inline void fill_async(godwit_host& h) {
  h.timer_start = [](godwit_instance* i, std::int64_t delay, std::int64_t interval, godwit_callback f,
                     void* context) {
    auto& t = i->host->timers.emplace_back(std::make_unique<godwit_timer>());
    *t = {i->host->steady_ns + delay, interval, f, context};
    return t.get();
  };
  h.timer_cancel = [](godwit_timer* t) {
    std::erase_if(godwit::sdk::detail::bound.self->host->timers,
                  [&](const auto& each) { return each.get() == t; });
  };
  h.job_submit = [](godwit_instance*, godwit_callback work, godwit_callback done, void* context) {
    work(context);
    done(context);
    return godwit_status{GODWIT_OK};
  };
  h.task_post = [](godwit_instance*, godwit_callback task, void* context) {
    return task(context), godwit_status{GODWIT_OK};
  };
  h.dns_query = answer_dns;
  h.event_call = [](godwit_instance* i, godwit_str event, godwit_message* m, const godwit_value*,
                    godwit_answer_callback f, void* context) {
    const auto handler = i->host->events.find(owned(event));
    godwit_value v;
    if (handler != i->host->events.end()) v.become(GODWIT_BOOLEAN), v.integer = handler->second(m);
    f(context, GODWIT_OK, &v, {});
    return godwit_status{GODWIT_OK};
  };
}

inline void fill_sessions(godwit_host& h) {
  h.delivery_agent_add = [](godwit_instance* i, const godwit_delivery_agent* a) {
    i->host->agents[owned(a->protocol)] = *a;
    return godwit_status{GODWIT_OK};
  };
  h.spool_kind_add = [](godwit_instance* i, const godwit_spool_kind* k) {
    i->host->spool_kinds[owned(k->name)] = *k;
    return godwit_status{GODWIT_OK};
  };
  h.session_settings_borrow = [](const godwit_session* s) -> const godwit_value* { return &s->settings; };
  h.session_text_borrow = [](const godwit_session* s, godwit_str key) {
    const auto name = text_of(key);
    return str(name == "ready_queue"      ? s->ready_queue
               : name == "site"           ? s->site
               : name == "routing_domain" ? s->routing_domain
                                          : s->source);
  };
  h.session_context_set = [](godwit_session* s, void* context) { s->context = context; };
  h.session_context_get = [](const godwit_session* s) { return s->context; };
  h.session_opened = [](godwit_session* s, const godwit_outcome* failure) {
    s->is_opened = failure == nullptr;
    if (failure != nullptr) s->failure = keep_outcome(-1, *failure);
  };
  h.session_trace_set = [](godwit_session* s, const godwit_delivery_trace* t) {
    s->peer_name = owned(t->peer_name);
    s->peer_address = owned(t->peer_address);
  };
}

inline void fill_deliveries(godwit_host& h) {
  h.delivery_session_borrow = [](godwit_delivery* d) { return d->session; };
  h.delivery_count = [](const godwit_delivery* d) -> std::uint64_t { return d->messages.size(); };
  h.delivery_message_borrow = [](godwit_delivery* d, std::uint64_t i) {
    return i < d->messages.size() ? d->messages[i] : nullptr;
  };
  h.delivery_settle = [](godwit_delivery* d, std::uint64_t i, std::int64_t recipient, const godwit_outcome* o) {
    if (i >= d->messages.size()) return godwit_status{GODWIT_INVALID};
    auto& all = (*d->outcomes)[i];
    const auto is_taken = [&](const fake_outcome& other) { return other.recipient < 0 || other.recipient == recipient; };
    const bool is_complete = all.size() >= std::max<std::size_t>(d->messages[i]->recipients.size(), 1);
    if (is_complete || std::any_of(all.begin(), all.end(), is_taken)) return godwit_status{GODWIT_INVALID};
    all.push_back(keep_outcome(recipient, *o));
    return godwit_status{GODWIT_OK};
  };
  h.delivery_release = [](godwit_delivery* d) { delete d; };
  h.message_queue_get = [](const godwit_message* m, godwit_value* out) {
    out->become(GODWIT_OBJECT);
    const auto set = [&](std::string_view key, std::string text) {
      auto& member = out->member(key);
      member.become(GODWIT_TEXT);
      member.text = std::move(text);
    };
    const auto& to = m->recipients.front();
    set("domain", to.substr(to.rfind('@') + 1));
    set("name", to.substr(to.rfind('@') + 1));
    for (const auto* key : {"campaign", "tenant", "routing_domain"})
      if (const auto* v = m->meta.find(key)) set(key, v->text);
    return godwit_status{GODWIT_OK};
  };
}

inline const godwit_host& table() {
  static const godwit_host made = [] {
    godwit_host h{};
    h.size = sizeof(h);
    h.abi_major = GODWIT_ABI_MAJOR;
    h.abi_minor = GODWIT_ABI_MINOR;
    fill_server(h);
    fill_value_reads(h);
    fill_value_writes(h);
    fill_metrics(h);
    fill_registration(h);
    fill_arguments(h);
    fill_answers(h);
    fill_envelope(h);
    fill_data(h);
    fill_connections_and_records(h);
    fill_async(h);
    fill_sessions(h);
    fill_deliveries(h);
    return h;
  }();
  return made;
}

}  // namespace godwit::sdk::testing::slots

namespace godwit::sdk::testing {

inline fake_host::fake_host() { godwit::sdk::detail::bound = {&slots::table(), &self_}; }

inline fake_answer fake_host::call(std::string_view name, godwit_handler handler, void* context,
                                   std::vector<fake_argument> arguments) {
  godwit_call c;
  c.name = name;
  c.arguments = std::move(arguments);
  handler(context, &c);
  return *c.answer;
}

inline fake_answer fake_host::run_hook(std::string_view event, std::vector<fake_argument> arguments) {
  for (const auto& [name, hook] : hooks) {
    if (name != event) continue;
    auto answer = call(event, hook.handler, hook.context, arguments);
    if (answer.what != fake_answer::kind::none && answer.what != fake_answer::kind::proceed) return answer;
  }
  return {};
}

inline fake_answer fake_host::run_function(const std::string& name, std::vector<fake_argument> arguments) {
  const auto& f = functions.at(name);
  const std::size_t first = f.is_method ? 1 : 0;
  for (std::size_t i = 0; i < f.parameters.size() && first + i < arguments.size(); ++i) {
    if (f.parameters[i].type != GODWIT_PARAMETER_OPTIONS) continue;
    auto& content = arguments[first + i].content;
    const godwit_value given = content;
    option_reader reader;
    reader.read_table(*f.parameters[i].table, &given, content);
    if (!reader.problems.empty()) return {fake_answer::kind::failed, 0, reader.problems, {}, nullptr};
  }
  return call(name, f.handler, f.context, std::move(arguments));
}

inline std::vector<std::vector<fake_outcome>> fake_host::deliver(const std::string& protocol,
                                                                 std::string_view settings_json,
                                                                 std::vector<godwit_message*> messages,
                                                                 godwit_session& session) {
  const auto& a = agents.at(protocol);
  if (a.options != nullptr) {
    godwit_value given, why;
    json_reader(settings_json).read_document(given);
    option_reader reader;
    reader.read_table(*a.options, &given, session.settings);
    if (!reader.problems.empty()) throw failure(reader.problems);
    if (a.check != nullptr && a.check(a.context, &session.settings, &why) != GODWIT_OK) throw failure(why.text);
  }
  const auto outcomes = std::make_shared<std::vector<std::vector<fake_outcome>>>(messages.size());
  if (a.open != nullptr)
    a.open(a.context, &session);
  else
    session.is_opened = true;
  if (session.is_opened) a.deliver(a.context, new godwit_delivery{&session, std::move(messages), outcomes});
  if (a.close != nullptr) a.close(a.context, &session);
  return *outcomes;
}

inline void fake_host::advance(std::chrono::nanoseconds by) {
  wall_ns += by.count();
  steady_ns += by.count();
  std::vector<godwit_timer*> due;
  for (const auto& t : timers)
    if (t->due_ns <= steady_ns) due.push_back(t.get());
  for (auto* t : due) {
    const auto fire = *t;
    if (fire.interval_ns > 0)
      t->due_ns += fire.interval_ns;
    else
      slots::table().timer_cancel(t);
    fire.callback(fire.context);
  }
}

}  // namespace godwit::sdk::testing
