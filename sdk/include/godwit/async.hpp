#pragma once
// Timers, jobs that block, name look-ups, events. A callback arrives on the loop that asked (the first loop
// when asked from a thread of the module's own) and what it throws is logged.

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include <godwit/message.hpp>
#include <godwit/value.hpp>

namespace godwit::sdk {

struct answer {
  godwit_status status = GODWIT_FAILED;
  value_view content;  ///< borrowed during the callback
  std::string_view reason;

  bool ok() const { return status == GODWIT_OK; }
  bool not_found() const { return status == GODWIT_NOT_FOUND; }
};
using answer_function = std::function<void(const answer&)>;
using task_function = std::function<void()>;

namespace detail {

template <class F, class... Args>
void guarded(F& f, const Args&... args) noexcept {
  try {
    f(args...);
  } catch (const std::exception& e) {
    log_error(e.what());
  } catch (...) {
    log_error("callback: unknown exception");
  }
}

inline void answered_once(void* context, godwit_status status, const godwit_value* content,
                          godwit_str reason) {
  std::unique_ptr<answer_function> f(static_cast<answer_function*>(context));
  guarded(*f, answer{status, value_view(content), to_view(reason)});
}

struct job {
  task_function work, done;
};

}  // namespace detail

/// Repeats while the object lives; destroyed on its own loop only. Also ended by drain.
class timer {
 public:
  timer() = default;
  timer(std::chrono::nanoseconds delay, std::chrono::nanoseconds interval, task_function f)
      : f_(std::make_unique<task_function>(std::move(f))) {
    auto fire = [](void* context) { detail::guarded(*static_cast<task_function*>(context)); };
    raw_ = host().timer_start(self(), delay.count(), interval.count(), fire, f_.get());
  }
  static timer every(std::chrono::nanoseconds interval, task_function f) {
    return timer(interval, interval, std::move(f));
  }
  timer(timer&& other) noexcept : f_(std::move(other.f_)), raw_(std::exchange(other.raw_, nullptr)) {}
  timer& operator=(timer&& other) noexcept {
    cancel();
    f_ = std::move(other.f_);
    raw_ = std::exchange(other.raw_, nullptr);
    return *this;
  }
  ~timer() { cancel(); }
  void cancel() {
    if (raw_ != nullptr) host().timer_cancel(std::exchange(raw_, nullptr));
  }

 private:
  std::unique_ptr<task_function> f_;
  godwit_timer* raw_ = nullptr;
};

/// `work` on a thread of the blocking pool, then `done` on this loop.
inline void run_job(task_function work, task_function done) {
  auto owned = std::make_unique<detail::job>(detail::job{std::move(work), std::move(done)});
  auto run = [](void* context) { detail::guarded(static_cast<detail::job*>(context)->work); };
  auto finish = [](void* context) {
    std::unique_ptr<detail::job> j(static_cast<detail::job*>(context));
    detail::guarded(j->done);
  };
  require(host().job_submit(self(), run, finish, owned.get()), "job_submit");
  owned.release();
}

/// Any thread: runs `f` on the first loop.
inline void post(task_function f) {
  auto owned = std::make_unique<task_function>(std::move(f));
  auto run = [](void* context) {
    std::unique_ptr<task_function> task(static_cast<task_function*>(context));
    detail::guarded(*task);
  };
  require(host().task_post(self(), run, owned.get()), "task_post");
  owned.release();
}

enum class dns_kind { txt = GODWIT_DNS_TXT, address, ptr, mx };

/// `f` may run before this returns.
inline void dns_query(dns_kind kind, std::string_view name, answer_function f) {
  auto owned = std::make_unique<answer_function>(std::move(f));
  require(
      host().dns_query(self(), static_cast<int32_t>(kind), to_str(name), detail::answered_once, owned.get()),
      "dns_query");
  owned.release();
}
inline void dns_txt(std::string_view name, answer_function f) {
  dns_query(dns_kind::txt, name, std::move(f));
}

/// Runs the handlers of an event; the answer is what they returned (null: nothing). `f` may run before this
/// returns.
inline void call_event(std::string_view event, message_view m, value_view argument, answer_function f) {
  auto owned = std::make_unique<answer_function>(std::move(f));
  require(
      host().event_call(self(), to_str(event), m.raw(), argument.raw(), detail::answered_once, owned.get()),
      "event_call");
  owned.release();
}

}  // namespace godwit::sdk
