#pragma once
// What a module that is being reloaded leaves to its successor: calls of hooks and functions, and deliveries, wait for it, log
// records are kept for it. So no message passes a module by because the module was being replaced.

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "hook/table.hpp"
#include "lua/any.hpp"
#include "mail/log_record.hpp"
#include "module/record_dispatcher.hpp"
#include "queue/waiter.hpp"

namespace godwit::lua {
class vm;
}

namespace godwit::module {

/// A Lua function of a module, by its full name: called by the script that is in progress in the VM.
using script_body = std::function<lua::maybe<std::vector<lua::any>>(lua::vm&, std::vector<lua::any>)>;
using script_bodies = std::map<std::string, script_body, std::less<>>;

/// Shared by the former instance and who is to come; any thread, what is awaited on any loop.
class succession {
 public:
  /// Log records that are kept: what ten thousand a second make in the ten seconds that a module has to drain.
  static constexpr std::size_t most_kept = 100000;

  /// `module`: its name, for the log and metrics.
  explicit succession(std::string module) : module_(std::move(module)) {}

  /// Waits until the successor works, or there will be none. Any loop.
  rt::task<> decided();
  bool is_decided() const { return now() != state::waiting; }
  /// The handler that takes the place of the `ordinal`th of this event; null when the successor has none. Waits for the
  /// successor. Throws when there will be none. Any loop.
  rt::task<std::shared_ptr<hook::handler>> handler(std::string event, std::size_t ordinal);
  /// The same for the function of that name; empty when the successor has none.
  rt::task<script_body> function(std::string full_name);
  /// Keeps the record until the successor has sinks, then gives it to them; one beyond `most_kept` is lost and counted. Any thread.
  void take(const mail::log_record& record, const mail::message_ref& m);

  /// The successor works.
  void settle(std::vector<hook::named_registration> hooks, std::vector<record_dispatcher::entry> sinks, script_bodies functions);
  /// There is none: calls that wait fail, the records are lost and counted.
  void fail();

 private:
  enum class state { waiting, settled, failed };
  using kept_record = std::pair<mail::log_record, mail::message_ref>;
  struct estate {
    std::vector<std::shared_ptr<queue::waiter>> waiting;
    std::vector<kept_record> kept;
    std::size_t lost = 0;
  };
  state now() const;
  rt::task<> successor();
  estate close(state s);  ///< under the lock
  void note_lost(std::size_t count) const;

  const std::string module_;
  mutable std::mutex mutex_;
  state state_ = state::waiting;
  std::vector<hook::named_registration> hooks_;
  std::vector<record_dispatcher::entry> sinks_;
  script_bodies functions_;
  std::vector<std::shared_ptr<queue::waiter>> waiting_;
  std::vector<kept_record> kept_;
  std::size_t lost_ = 0;  ///< records beyond what is kept
};

}  // namespace godwit::module
