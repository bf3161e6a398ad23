#pragma once
// Firing events into the policy: one VM for the event, handlers in order until one returns a value.

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "lua/engine.hpp"
#include "metrics/registry.hpp"

namespace godwit::lua_api {

/// A handler failed: the log has its text and stack. What it says is for the log, never for a peer.
struct script_failed : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct event_answer {
  std::optional<lua::rejection> refusal;  ///< kumo.reject or disconnect
  std::vector<lua::any> results;          ///< of the first handler that returned something
  bool has_results() const { return !results.empty(); }
};

/// A VM for one event; failing to make one is script_failed.
rt::task<lua::lease> acquire_vm(lua::engine& engine, std::string_view event_name);

/// One event of the policy; made once, used on every loop.
class event {
 public:
  /// `data`: objects among the results become what they are as data.
  enum class results_as { objects, data };
  event(lua::engine& engine, std::string name, results_as how = results_as::objects);

  const std::string& name() const { return name_; }
  bool is_handled() const { return handled_.load(std::memory_order_relaxed); }
  void set_handled(bool yes) { handled_.store(yes, std::memory_order_relaxed); }

  /// `push` puts the arguments of one handler on the call's stack and returns their number; it is called per
  /// handler and kept until the end. Throws script_failed.
  template <class Push>
  rt::task<event_answer> fire(Push push) {
    const auto start = begin();
    event_answer answer;
    auto vm = engine_.try_acquire();
    if (!vm) vm.emplace(co_await acquire_vm(engine_, name_));
    for (const auto& handler : (*vm)->handlers(id_)) {
      lua::call c(**vm, name_);
      c.push_handler(handler);
      auto done = c.start(push(c));
      if (!done) done = co_await c.finish();
      if (take(c, *done, answer)) break;
    }
    end(start);
    co_return answer;
  }

  /// Adds what the call ended with to `out`; true when the chain ends here. Throws script_failed.
  bool take(lua::call& c, lua::outcome& o, event_answer& out);
  lua::event_id id() const { return id_; }
  using instant = std::chrono::steady_clock::time_point;
  instant begin();  ///< counts the start
  void end(instant start);

 private:
  lua::engine& engine_;
  std::string name_;
  lua::event_id id_;
  results_as results_;
  std::atomic<bool> handled_{false};
  std::shared_ptr<metrics::counter> started_;
  std::shared_ptr<metrics::histogram> latency_;
};

/// One argument as data; pushes and returns 1. For literal lists: push(c, "a") + push(c, m).
int push(lua::call& c, const value& v);
int push(lua::call& c, std::string_view text);
inline int push(lua::call& c, const std::string& text) { return push(c, std::string_view(text)); }
inline int push(lua::call& c, const char* text) { return push(c, std::string_view(text)); }
int push(lua::call& c, const std::optional<std::string>& text);

}  // namespace godwit::lua_api
