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

namespace godwit::module {

/// A Lua function of a module, by its full name.
using script_body = std::function<lua::maybe<std::vector<lua::any>>(std::vector<lua::any>)>;
using script_bodies = std::map<std::string, script_body, std::less<>>;

class succession {
 public:
  /// Waits until the successor works, or there will be none. Any loop.
  rt::task<> decided() const;
  /// The handler that takes the place of the `ordinal`th of this event; null when the successor has none. Waits for the
  /// successor. Throws when there will be none. Any loop.
  rt::task<std::shared_ptr<hook::handler>> handler(std::string event, std::size_t ordinal);
  /// The same for the function of that name; empty when the successor has none.
  rt::task<script_body> function(std::string full_name);
  /// Keeps the record until the successor has sinks, then gives it to them. Any thread.
  void take(const mail::log_record& record, const mail::message_ref& m);

  /// The successor works.
  void settle(std::vector<hook::named_registration> hooks, std::vector<record_dispatcher::entry> sinks, script_bodies functions);
  /// There is none: calls that wait fail, the records are lost.
  void fail();

 private:
  enum class state { waiting, settled, failed };
  state now() const;
  rt::task<> successor() const;

  mutable std::mutex mutex_;
  state state_ = state::waiting;
  std::vector<hook::named_registration> hooks_;
  std::vector<record_dispatcher::entry> sinks_;
  script_bodies functions_;
  std::vector<std::pair<mail::log_record, mail::message_ref>> kept_;
};

}  // namespace godwit::module
