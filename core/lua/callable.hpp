#pragma once
// The erased body of a declared function, and how it suspends the calling script. No Lua header here: binding
// templates call the plain functions of stack.hpp.

#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include "lua/any.hpp"
#include "rt/task.hpp"

struct lua_State;

namespace godwit::lua {

struct function_decl;
class vm;

/// One call in progress: not a script argument.
struct context {
  lua_State* state;
  lua::vm& vm;
  const function_decl& function;
};

/// kumo.reject and kumo.disconnect: thrown by C++, or raised by a script as an error object that survives
/// pcall.
struct rejection : std::exception {
  enum class closing { none, force, follow_with_421, if_421 };
  int code = 0;
  std::string text;
  closing mode = closing::none;
  std::string line;  ///< "CODE TEXT"

  rejection(int code, std::string text, closing mode = closing::none);
  const char* what() const noexcept override { return line.c_str(); }
};

template <>
inline constexpr const char* tag_name<rejection> = "Rejection";

class callable {
 public:
  virtual ~callable() = default;
  /// Reads its arguments from the stack, pushes its results and returns their number; or suspends.
  virtual int call(context& c) = 0;
};

/// What a suspended script waits for. Owned by the VM while the script waits.
class operation {
 public:
  virtual ~operation() = default;
  /// Awaited on the script's loop. Keeps a failure for push(); only cancellation escapes.
  virtual rt::task<> run() = 0;
  /// After run(): pushes the results, or throws what run() met.
  virtual int push(lua_State* state) = 0;
};

/// Does not return to the caller: yields to the runner, which awaits `op` and continues the script with its
/// results.
int suspend(context& c, std::unique_ptr<operation> op);

}  // namespace godwit::lua
