#pragma once
// One call of a module's handler: its arguments, its answer, and the wait for an answer that comes later.

#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include <godwit/abi.h>

#include "hook/table.hpp"
#include "lua/any.hpp"
#include "module/instance.hpp"
#include "rt/loop.hpp"

namespace godwit::module {

/// Exactly one member is set.
struct call_argument {
  const value* borrowed = nullptr;  ///< kept alive by whoever made the call
  value owned;
  mail::message_ref message;
  hook::connection_ref connection;
  std::shared_ptr<void> object;
  int32_t kind = GODWIT_ARGUMENT_NONE;

  static call_argument of(const value& v);  ///< borrows
  static call_argument of(value&& v);
  static call_argument of(mail::message_ref m);
  static call_argument of(hook::connection_ref c);
  static call_argument of_object(std::shared_ptr<void> o);
  static call_argument of(const hook::argument& a);  ///< borrows values
};

struct failed_answer {
  std::string text;
};
using call_answer = std::variant<std::monostate, hook::verdict, value, lua::object_ref, failed_answer>;

/// Lives on one loop; only answers may come from other threads, and are posted there.
struct call_state {
  call_state(std::shared_ptr<godwit_instance> instance, std::string_view called, rt::executor where)
      : owner(std::move(instance)), use(owner), name(called), executor(where) {}

  std::shared_ptr<godwit_instance> owner;
  usage use;  ///< until the answer, or until a deferred handle that nobody waits for is given back; false: do
              ///< not begin
  std::string name;
  rt::executor executor;
  std::vector<call_argument> arguments;
  call_answer answer;
  bool is_answered = false;
  bool is_deferred = false;
  std::atomic<bool> is_cancelled{false};
  godwit_callback cancelled = nullptr;
  void* cancelled_context = nullptr;
  rt::timer* wake = nullptr;  ///< of who waits

  /// Any thread, which must not be the one that lets go of it: a thread of a module may outlast the loop. A second or late
  /// answer is dropped and counted.
  static void settle(std::shared_ptr<call_state> call, call_answer a);
  /// The waiting side gives up: arguments go, the module is told.
  void cancel();

 private:
  void settle_here(call_answer a);
};

/// Runs the handler. When this returns an answer may be there; if not and the call was deferred, await
/// wait_for_answer.
void enter_handler(const std::shared_ptr<call_state>& state, godwit_handler handler, void* context);
/// Throws on cancellation after telling the module.
rt::task<> wait_for_answer(std::shared_ptr<call_state> state);
/// Loads the data of the message arguments. Throws std::runtime_error when it cannot be had.
rt::task<> load_message_data(std::shared_ptr<call_state> state);
bool needs_loading(const call_state& state);

}  // namespace godwit::module

/// The handle: one on the stack for the handler itself, one on the heap when deferred.
struct godwit_call {
  std::shared_ptr<godwit::module::call_state> state;
  bool is_deferred = false;
};
