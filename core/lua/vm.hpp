#pragma once
// One Lua state with the declared modules in it. Lives on one loop; runs one script at a time: a call in
// progress (also a waiting one) must end before the next begins.

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.hpp"
#include "lua/catalogue.hpp"
#include "lua/event_names.hpp"
#include "lua/limits.hpp"
#include "rt/task.hpp"

struct lua_Debug;

namespace godwit::lua {

class chunk_cache;
class engine;

/// How a call ended. Its results lie on the call's stack until the call object goes.
struct outcome {
  enum class ending { returned, rejected, failed };
  ending how = ending::returned;
  int results = 0;
  std::optional<rejection> refusal;
  std::string text;  ///< of a failure: message with file and line, then the stack
};

struct vm_parts {
  registry& declarations;
  event_names& events;
  std::shared_ptr<chunk_cache> chunks;
  lua::limits limits;
  std::string package_path;  ///< put in front of Lua's own
  lua::engine* engine = nullptr;
};

class vm {
 public:
  explicit vm(vm_parts parts);  ///< throws std::runtime_error when there is no memory
  ~vm();
  vm(const vm&) = delete;

  static vm& of(lua_State* L);
  lua_State* main() { return state_; }
  lua::engine* engine() { return parts_.engine; }
  registry& declarations() { return parts_.declarations; }
  chunk_cache& chunks() { return *parts_.chunks; }

  // Handlers of events, as kumo.on registered them in this VM.
  struct handler {
    int ref;
    std::string where;  ///< FILE:LINE
  };
  const std::vector<handler>& handlers(event_id event) const;
  /// Takes the function on top of L.
  void add_handler(lua_State* L, event_id event, std::string where);
  std::vector<event_id> handled_events() const;

  // For the C functions of this library.
  void wait_for(std::unique_ptr<operation> op) { waiting_ = std::move(op); }
  std::unique_ptr<operation> take_operation() { return std::move(waiting_); }
  bool is_waiting() const { return waiting_ != nullptr; }
  void push_metatable(lua_State* L, const type_tag& tag);
  const catalogue::type_entry* find_type(const type_tag& tag) const;
  const catalogue::module_entry* find_module(std::string_view name) const;
  const function_decl* find_function(std::string_view module, std::string_view name) const;
  /// Asks the registry to load what is missing; true when something was added.
  bool load_declarations(std::string_view name);

  /// Something of `owner` that is to live as long as the call in progress: let go when that ends.
  void keep_for_call(const void* owner, std::shared_ptr<void> what) { kept_.emplace_back(owner, std::move(what)); }
  bool keeps_for_call(const void* owner) const;

  const std::string& current_event() const { return current_event_; }
  /// A call was given up while it waited, or failed: the VM must not be used again.
  bool is_spoiled() const { return spoiled_ || call_active_; }
  std::size_t memory_used() const { return memory_.used; }

 private:
  friend class call;
  struct memory_account {
    std::size_t used = 0;
    std::size_t limit = 0;
    bool was_refused = false;
    bool is_enforced = false;  ///< while a script runs: there an error is caught
  };
  struct budget {
    std::uint64_t instructions = 0;
    std::chrono::nanoseconds used{};
    std::chrono::steady_clock::time_point running_since;
    std::string exceeded;
  };
  static void* allocate(void* self, void* block, std::size_t old_size, std::size_t new_size);
  static void count_instructions(lua_State* L, lua_Debug* where);
  void spend(lua_State* L);

  lua_State* begin(std::string_view event);
  void end();
  void lend(lua_State* L, const type_tag& tag, std::shared_ptr<void> pointer);
  void take_back();
  std::optional<outcome> resume(int arguments);
  outcome failure(int status);

  vm_parts parts_;
  std::vector<std::shared_ptr<const catalogue>> catalogues_;  ///< newest last
  memory_account memory_;
  lua_State* state_ = nullptr;
  lua_State* thread_ = nullptr;  ///< reused for every call
  int thread_ref_ = 0;
  int lent_ref_ = 0;
  int lent_count_ = 0;
  std::vector<std::vector<handler>> handlers_;  ///< by event id
  std::unordered_map<const type_tag*, int> metatables_;
  std::unique_ptr<operation> waiting_;
  std::vector<std::pair<const void*, std::shared_ptr<void>>> kept_;  ///< for the call in progress
  budget budget_;
  std::string current_event_;
  bool call_active_ = false;
  bool spoiled_ = false;
};

/// One call into a VM: push the function, then its arguments, run. Going away ends it; while it waits that
/// gives it up.
class call {
 public:
  /// `event` becomes _KUMO_CURRENT_EVENT; empty for the policy file itself.
  call(vm& in, std::string_view event) : vm_(in), state_(in.begin(event)) {}
  ~call() { vm_.end(); }
  call(const call&) = delete;

  lua_State* state() { return state_; }
  void push_handler(const vm::handler& h);
  void push_reference(int ref);
  /// Gives an object for the duration of this call only; a script that keeps it finds it expired.
  void lend(object_ref object) { vm_.lend(state_, *object.tag, std::move(object.pointer)); }

  /// Runs until the end, or nothing when the script waits: then co_await finish().
  std::optional<outcome> start(int arguments) { return vm_.resume(arguments); }
  rt::task<outcome> finish();

  /// Result `i`, from 1; throws std::runtime_error when it cannot be data or an object.
  any result_at(const outcome& o, int i);
  value data_at(const outcome& o, int i);  ///< an object becomes what it is as data
  /// A reference to result `i` that lives as long as the VM.
  int keep_result(const outcome& o, int i);

 private:
  int index_of(const outcome& o, int i) const;
  vm& vm_;
  lua_State* state_;
};

}  // namespace godwit::lua
