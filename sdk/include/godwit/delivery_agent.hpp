#pragma once
// Delivery agents: who carries away the messages of queues with `protocol = { NAME = {...} }`.
//
//   delivery_agent("maildir").logged_as("Maildir").options(table).labelled_by("maildir_path")
//       .delivers("Stores messages in maildirs.", [](const delivery_ref& d) {
//         run_job([d] {
//           for (std::size_t i = 0; i < d->size(); ++i) d->settle(i, store(d->message(i)));
//         }, [] {});
//       });
//
// What a handler throws is a temporary failure of the messages that it has not settled. A delivery that is let go
// without an outcome for each message settles the others as temporary failures.

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include <godwit/async.hpp>
#include <godwit/message.hpp>
#include <godwit/options.hpp>
#include <godwit/registration.hpp>

namespace godwit::sdk {

/// What happened to a recipient or to a message.
struct outcome {
  int32_t kind = GODWIT_TRANSIENT;
  int code = 0;  ///< 0: 250, 450 or 550 by kind
  std::uint16_t enhanced[3] = {0, 0, 0};
  std::string content;
  std::string command;
  std::chrono::nanoseconds retry_after{0};  ///< 0: by the queue's retry schedule

  static outcome delivered(std::string text, int code = 250) { return of(GODWIT_DELIVERED, code, std::move(text)); }
  static outcome transient(std::string text, int code = 450) { return of(GODWIT_TRANSIENT, code, std::move(text)); }
  static outcome permanent(std::string text, int code = 550) { return of(GODWIT_PERMANENT, code, std::move(text)); }

  outcome&& with_enhanced(std::uint16_t klass, std::uint16_t subject, std::uint16_t detail) && {
    enhanced[0] = klass, enhanced[1] = subject, enhanced[2] = detail;
    return std::move(*this);
  }
  outcome&& again_after(std::chrono::nanoseconds delay) && {
    retry_after = delay;
    return std::move(*this);
  }
  /// Borrows the texts.
  godwit_outcome raw() const {
    godwit_outcome o{};
    o.size = sizeof(o);
    o.kind = kind;
    o.code = code;
    o.enhanced_class = enhanced[0];
    o.enhanced_subject = enhanced[1];
    o.enhanced_detail = enhanced[2];
    o.content = to_str(content);
    o.command = to_str(command);
    o.retry_after_ns = retry_after.count();
    return o;
  }

 private:
  static outcome of(int32_t kind, int code, std::string text) {
    outcome o;
    o.kind = kind;
    o.code = code;
    o.content = std::move(text);
    return o;
  }
};

/// Valid until the session's close, in deliveries from any thread.
class session_view {
 public:
  explicit session_view(godwit_session* raw) : raw_(raw) {}

  value_view settings() const { return value_view(host().session_settings_borrow(raw_)); }
  std::string_view ready_queue() const { return text("ready_queue"); }
  std::string_view site() const { return text("site"); }
  std::string_view routing_domain() const { return text("routing_domain"); }
  std::string_view source() const { return text("source"); }

  /// Keeps the module's connection until the session closes. In open, on the session's loop.
  template <class T>
  void keep(std::shared_ptr<T> connection) {
    drop();
    host().session_context_set(raw_, new std::shared_ptr<void>(std::move(connection)));
  }
  template <class T>
  T* kept() const {
    auto* held = static_cast<std::shared_ptr<void>*>(host().session_context_get(raw_));
    return held ? static_cast<T*>(held->get()) : nullptr;
  }

  // The answer to open; any thread.
  void opened() { host().session_opened(raw_, nullptr); }
  void failed(const outcome& why) {
    const auto o = why.raw();
    host().session_opened(raw_, &o);
  }

  /// Who the messages go to, in log records from now on.
  void set_peer(std::string_view name, std::string_view address) {
    godwit_delivery_trace t{};
    t.size = sizeof(t);
    t.peer_name = to_str(name);
    t.peer_address = to_str(address);
    host().session_trace_set(raw_, &t);
  }
  void set_trace(const godwit_delivery_trace& t) { host().session_trace_set(raw_, &t); }

  /// Called by the wrapper.
  void drop() {
    delete static_cast<std::shared_ptr<void>*>(host().session_context_get(raw_));
    host().session_context_set(raw_, nullptr);
  }

 private:
  std::string_view text(std::string_view key) const { return to_view(host().session_text_borrow(raw_, to_str(key))); }
  godwit_session* raw_;
};

/// A batch. Messages are read and settled on any thread, one thread at a time per message.
class delivery {
 public:
  explicit delivery(godwit_delivery* raw) : raw_(raw) {}
  delivery(const delivery&) = delete;
  delivery& operator=(const delivery&) = delete;
  ~delivery() { host().delivery_release(raw_); }

  session_view session() const { return session_view(host().delivery_session_borrow(raw_)); }
  std::size_t size() const { return host().delivery_count(raw_); }
  message_view message(std::size_t index) const { return message_view(host().delivery_message_borrow(raw_, index)); }

  /// All recipients that have no outcome yet. False: too late, or settled already.
  bool settle(std::size_t index, const outcome& o) { return settle(index, -1, o); }
  bool settle(std::size_t index, std::int64_t recipient, const outcome& o) {
    const auto raw = o.raw();
    return host().delivery_settle(raw_, index, recipient, &raw) == GODWIT_OK;
  }
  void settle_rest(const outcome& o) {
    for (std::size_t i = 0; i < size(); ++i) settle(i, o);
  }

 private:
  godwit_delivery* raw_;
};
using delivery_ref = std::shared_ptr<delivery>;

/// The queue a message belongs to: members name, domain, and campaign, tenant, routing_domain when it has them.
inline value queue_of(message_view m) {
  value out;
  require(host().message_queue_get(m.raw(), out.raw()), "message queue");
  return out;
}

namespace detail {

struct agent_functions {
  std::function<void(value_view)> check;
  std::function<void(session_view)> open, close;
  std::function<void(const delivery_ref&)> deliver;
};

inline godwit_status agent_check(void* context, const godwit_value* settings, godwit_value* why) noexcept {
  const auto& f = static_cast<agent_functions*>(context)->check;
  try {
    if (f) f(value_view(settings));
    return GODWIT_OK;
  } catch (const std::exception& e) {
    host().value_set_text(why, to_str(e.what()));
  } catch (...) {
    host().value_set_text(why, to_str("unknown exception"));
  }
  return GODWIT_INVALID;
}

inline godwit_status agent_open(void* context, godwit_session* raw) noexcept {
  session_view s(raw);
  try {
    static_cast<agent_functions*>(context)->open(s);
  } catch (const std::exception& e) {
    s.failed(outcome::transient(e.what()));
  } catch (...) {
    s.failed(outcome::transient("unknown exception"));
  }
  return GODWIT_OK;
}

inline void agent_deliver(void* context, godwit_delivery* raw) noexcept {
  const auto d = std::make_shared<delivery>(raw);
  try {
    static_cast<agent_functions*>(context)->deliver(d);
  } catch (const std::exception& e) {
    d->settle_rest(outcome::transient(e.what()));
  } catch (...) {
    d->settle_rest(outcome::transient("unknown exception"));
  }
}

inline void agent_close(void* context, godwit_session* raw) noexcept {
  session_view s(raw);
  const auto& f = static_cast<agent_functions*>(context)->close;
  if (f) guarded(f, s);
  s.drop();
}

}  // namespace detail

/// An agent in the making; delivers() publishes it. In init().
class delivery_agent {
 public:
  explicit delivery_agent(std::string_view protocol) {
    raw_.size = sizeof(raw_);
    raw_.protocol = raw_.delivery_protocol = to_str(protocol);
  }
  /// delivery_protocol in log records; the protocol's name when not given.
  delivery_agent& logged_as(std::string_view name) {
    raw_.delivery_protocol = to_str(name);
    return *this;
  }
  delivery_agent& options(const option_table& t) {
    raw_.options = t.raw();
    return *this;
  }
  /// The options may also stand in the `protocol` table itself.
  delivery_agent& options_inline(const option_table& t) {
    raw_.flags |= GODWIT_PROTOCOL_INLINE;
    return options(t);
  }
  /// The text option that follows "PROTOCOL:" in the names of ready queues.
  delivery_agent& labelled_by(std::string_view option) {
    raw_.label_option = to_str(option);
    return *this;
  }
  delivery_agent& batch(std::uint32_t messages) {
    raw_.batch_size = messages;
    return *this;
  }
  delivery_agent& timeout(std::chrono::nanoseconds limit) {
    raw_.timeout_ns = static_cast<std::uint64_t>(limit.count());
    return *this;
  }
  /// Throws when the settings cannot be, beyond what the table says. Any thread.
  delivery_agent& checks(std::function<void(value_view)> f) {
    functions_.check = std::move(f);
    return *this;
  }
  delivery_agent& opens(std::function<void(session_view)> f) {
    functions_.open = std::move(f);
    return *this;
  }
  delivery_agent& closes(std::function<void(session_view)> f) {
    functions_.close = std::move(f);
    return *this;
  }
  void delivers(std::string_view summary, std::function<void(const delivery_ref&)> f) {
    functions_.deliver = std::move(f);
    const auto owned = std::make_shared<detail::agent_functions>(std::move(functions_));
    detail::kept.push_back(owned);
    raw_.summary = to_str(summary);
    raw_.context = owned.get();
    raw_.check = detail::agent_check;
    raw_.open = owned->open ? detail::agent_open : nullptr;
    raw_.deliver = detail::agent_deliver;
    raw_.close = detail::agent_close;
    require(host().delivery_agent_add(self(), &raw_), "delivery_agent_add");
  }

 private:
  godwit_delivery_agent raw_{};
  detail::agent_functions functions_;
};

}  // namespace godwit::sdk
