#pragma once
// What a module that is being reloaded leaves to its successor: hook calls and deliveries wait for it, log records are kept
// for it. So no message passes a module by because the module was being replaced.

#include <mutex>
#include <string_view>
#include <vector>

#include "hook/table.hpp"
#include "mail/log_record.hpp"
#include "module/record_dispatcher.hpp"

namespace godwit::module {

class succession {
 public:
  /// Waits until the successor works, or there will be none. Any loop.
  rt::task<> decided() const;
  /// The handler that takes the place of the `ordinal`th of this event; null when the successor has none. Waits for the
  /// successor. Throws when there will be none. Any loop.
  rt::task<std::shared_ptr<hook::handler>> handler(std::string event, std::size_t ordinal);
  /// Keeps the record until the successor has sinks, then gives it to them. Any thread.
  void take(const mail::log_record& record, const mail::message_ref& m);

  /// The successor works.
  void settle(std::vector<hook::named_registration> hooks, std::vector<record_dispatcher::entry> sinks);
  /// There is none: calls that wait fail, the records are lost.
  void fail();

 private:
  enum class state { waiting, settled, failed };
  state now() const;

  mutable std::mutex mutex_;
  state state_ = state::waiting;
  std::vector<hook::named_registration> hooks_;
  std::vector<record_dispatcher::entry> sinks_;
  std::vector<std::pair<mail::log_record, mail::message_ref>> kept_;
};

}  // namespace godwit::module
