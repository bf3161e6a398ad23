// Message: envelope, metadata, schedule, storage. Header methods are in headers.cpp.
#include "lua_api/declarations.hpp"
#include "lua_api/message_data.hpp"
#include "lua_api/types.hpp"
#include "mail/queue_name.hpp"
#include "queue/manager.hpp"
#include "spool/spool.hpp"

namespace godwit::lua_api {

/// One address or an array of them.
struct recipient_list {
  std::vector<mail::address> all;
};

}  // namespace godwit::lua_api

template <>
struct godwit::lua::binding<godwit::lua_api::recipient_list> {
  static type_spec spec() {
    type_spec s;
    s.note = "address, string or array of them";
    return s;
  }
  static lua_api::recipient_list read(stack::cursor& c) {
    if (stack::type_name_at(c.call.state, c.index) == "table")
      return {binding<std::vector<mail::address>>::read(c)};
    return {{binding<mail::address>::read(c)}};
  }
};

namespace godwit::lua_api {

namespace {

using message_ref = mail::message_ref;

lua::object_ref object_of(const mail::address& a) {
  return lua::make_object(std::make_shared<mail::address>(a));
}

std::vector<lua::object_ref> recipients_of(const mail::message& m) {
  std::vector<lua::object_ref> all;
  for (const auto& r : m.recipients) all.push_back(object_of(r));
  return all;
}

lua::any recipient_of(const mail::message& m) {
  if (m.recipients.size() == 1) return object_of(m.recipients.front());
  return recipients_of(m);
}

void set_recipients(mail::message& m, recipient_list to) {
  if (to.all.empty()) throw std::runtime_error("Message:set_recipient needs at least one recipient");
  m.recipients = std::move(to.all);
  m.meta_dirty = true;
}

rt::task<result<void>> save(services& s, message_ref m) {
  if (!s.store) co_return error{"the spool is not open"};
  co_return co_await s.store->store(*m);
}

// What is not on disk yet must get there before memory lets go of it.
rt::task<result<void>> shrink(services& s, message_ref m) {
  if (!m->is_spooled || m->data_dirty || m->meta_dirty) {
    if (auto saved = co_await save(s, m); !saved) co_return saved;
  }
  m->content = {};
  co_return result<void>{};
}

value set_scheduling(mail::message& m, const value& table) {
  if (table.is_null()) {
    m.schedule.reset();
  } else {
    auto parsed = mail::schedule::parse(table);
    if (!parsed) throw std::runtime_error(parsed.why().text);
    m.schedule = std::move(*parsed);
  }
  m.meta_dirty = true;
  return m.schedule ? m.schedule->to_value() : value{};
}

result<void> set_due(mail::message& m, const std::optional<std::string>& when) {
  m.due.reset();
  if (!when) return {};
  auto parsed = parse_rfc3339(*when);
  if (!parsed) return parsed.why();
  m.due = *parsed;
  return {};
}

std::shared_ptr<mail::message> make_message(const mail::address& sender, recipient_list to,
                                            std::string body) {
  auto m = std::make_shared<mail::message>(uuid::make_v1(), sender, std::move(to.all));
  m->content.base = mail::make_body(std::move(body));
  return m;
}

rt::task<result<void>> inject(services& s, message_ref m, std::optional<bool> deferred_spool) {
  if (!s.queues) co_return error{"kumo.inject_message: the queues are not running yet"};
  if (!deferred_spool.value_or(false)) {
    if (auto saved = co_await save(s, m); !saved) co_return saved;
  }
  co_return co_await s.queues->insert(m, queue::insert_context::received);
}

void declare_envelope(lua::type_builder<mail::message> message) {
  using m = mail::message;
  message.method("id", {}, "Spool id: 32 hex digits.", [](const m& x) { return x.id.simple(); })
      .method("sender", {}, "Envelope sender.", [](const m& x) { return x.sender; })
      .method("recipient", {}, "Envelope recipient; an array when there are several.", recipient_of)
      .method("recipient_list", {}, "All envelope recipients.",
              [](const m& x) {
                const auto all = recipients_of(x);
                return all.empty() ? lua::any(value(value::array{})) : lua::any(all);
              })
      .method("set_sender", {"sender"}, "Replaces the envelope sender.",
              [](m& x, mail::address sender) {
                x.sender = std::move(sender);
                x.meta_dirty = true;
              })
      .method("set_recipient", {"recipient"}, "Replaces the recipients.", set_recipients)
      .method("get_meta", {"key"}, "A metadata value.",
              [](const m& x, std::string_view key) {
                const value* v = x.get_meta(key);
                return v ? *v : value{};
              })
      .method("set_meta", {"key", "value"}, "Sets metadata; keys of yours start with x_.",
              [](m& x, std::string_view key, value v) { x.set_meta(key, std::move(v)); })
      .method("queue_name", {}, "Scheduled queue the message belongs to now.",
              [](const m& x) { return mail::queue_name_of(x); });
}

void declare_schedule(lua::type_builder<mail::message> message) {
  using m = mail::message;
  message.method("num_attempts", {}, "Delivery attempts made.", [](const m& x) { return x.attempts; })
      .method("increment_num_attempts", {}, "Counts one more attempt.", [](m& x) { ++x.attempts; })
      .method("set_scheduling", {"params"}, "Sets or (nil) clears first_attempt, expires and the window.",
              set_scheduling)
      .method("set_due", {"time"}, "Overrides the time of the next attempt (RFC 3339), nil clears.", set_due);
}

void declare_storage(lua::type_builder<mail::message> message, services& s) {
  using m = mail::message;
  message
      .method("get_data", {}, "All bytes of the message.",
              [&s](message_ref x) { return with_data(s, x, [](m& y) { return y.content.join(); }); })
      .method("set_data", {"data"}, "Replaces all bytes of the message.",
              [](m& x, std::string data) { x.set_data(std::move(data)); })
      .method("save", {}, "Writes the message to the spool.",
              [&s](message_ref x) { return save(s, std::move(x)); })
      .method("shrink", {}, "Saves if needed and drops what can be loaded again.",
              [&s](message_ref x) { return shrink(s, std::move(x)); })
      .method("shrink_data", {}, "Saves if needed and drops the body from memory.",
              [&s](message_ref x) { return shrink(s, std::move(x)); })
      .method("set_force_sync", {"sync"}, "Whether saving this message waits for the disk.",
              [](m& x, bool sync) { x.force_sync = sync; });
}

}  // namespace

void declare_messages(lua::module& kumo, services& s) {
  auto message = kumo.type<mail::message>("A message being received, queued or delivered.");
  declare_envelope(message);
  declare_schedule(message);
  declare_storage(message, s);
  kumo.function("make_message", {"sender", "recipient", "body"}, "A new message in memory.", make_message);
  kumo.function(
      "inject_message", {"message", "deferred_spool"}, "Saves a made message and puts it into its queue.",
      [&s](message_ref m, std::optional<bool> deferred) { return inject(s, std::move(m), deferred); });
}

}  // namespace godwit::lua_api
