#pragma once
// The hook table: names (the documented event names), handlers in order of priority then registration,
// verdicts. Handlers come from modules and from Lua; this library knows neither. Read on every loop without a
// lock: an event's handler list is an immutable snapshot, replaced as a whole.

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/snapshot.hpp"
#include "base/value.hpp"
#include "mail/connection_context.hpp"
#include "mail/message.hpp"
#include "rt/task.hpp"

namespace godwit::hook {

using connection_ref = std::shared_ptr<mail::connection_context>;
/// A mail::address arrives in Lua as an address object.
using argument = std::variant<value, mail::message_ref, connection_ref, mail::address>;
using arguments = std::vector<argument>;

struct verdict {
  enum class kind { proceed, done, reject, disconnect };
  /// For disconnect (reference: kumo.disconnect mode).
  enum class closing { force, follow_with_421, if_421 };

  kind what = kind::proceed;
  int code = 0;
  std::string text;
  closing mode = closing::if_421;
  std::optional<value> returned;  ///< what a value event answered; nullopt: the handler returned nothing
  std::string by;                 ///< module or "lua"
};

/// One handler. call() runs on the caller's loop; a throw is a temporary failure, never "continue".
class handler {
 public:
  virtual ~handler() = default;
  virtual rt::task<verdict> call(const arguments& args) = 0;
};

struct registration {
  std::string owner;  ///< module name or "lua"
  int priority = 0;   ///< lower runs earlier
  std::chrono::nanoseconds timeout = std::chrono::minutes(5);
  std::shared_ptr<hook::handler> handler;
};

/// One named event. Obtained once from the table and kept.
class event {
 public:
  using instant = std::chrono::steady_clock::time_point;

  explicit event(std::string name) : name_(std::move(name)) {}
  const std::string& name() const { return name_; }
  bool has_handlers() const { return armed_.load(std::memory_order_relaxed); }

  /// Runs the chain until a handler does not proceed or returns a value. Throws handler_failed when a handler
  /// threw or overran its time-out: the caller answers a temporary failure. Throws deadline_passed when a
  /// handler is still busy at `until`, the caller's own limit for the whole chain. A handler that answers
  /// without waiting costs no timer.
  rt::task<verdict> run(arguments args, instant until = instant::max());

 private:
  friend class table;
  using list = std::vector<registration>;
  void change(const std::function<void(list&)>& edit);
  std::string name_;
  std::atomic<bool> armed_{false};
  snapshot<list> handlers_;
};

/// Thrown by event::run when a handler failed: temporary failure for the session (log has the cause).
struct handler_failed : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Thrown by event::run when the caller's time is over.
struct deadline_passed : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct named_registration {
  std::string event;
  hook::registration registration;
};

/// What is registered where: for `module list` and tests.
struct event_info {
  std::string event;
  std::string owner;
  int priority = 0;
  std::chrono::nanoseconds timeout{};
};

class table {
 public:
  /// Never fails: an event exists as soon as somebody names it. Thread-safe; the reference stays valid.
  event& get(std::string_view name);
  void add(std::string_view event_name, registration r);
  /// In place of all that `owner` registered; no run of an event sees both or neither.
  void replace_owner(std::string_view owner, std::vector<named_registration> fresh);
  /// Removes what `owner` registered, everywhere.
  void remove_owner(std::string_view owner);
  std::vector<event_info> list() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::unique_ptr<event>, std::less<>> events_;
};

}  // namespace godwit::hook
