#pragma once
// Script files compiled once: new VMs load the bytecode. One cache belongs to one generation of the policy,
// so that all VMs of a generation run the same text.

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "base/result.hpp"

struct lua_State;

namespace godwit::lua {

/// Thread-safe.
class chunk_cache {
 public:
  using bytecode = std::shared_ptr<const std::string>;
  /// Reads and compiles the file at the first call. A syntax error names file and line.
  result<bytecode> get(const std::string& file);
  /// For a policy that is no file (tests, --check of a text).
  result<bytecode> add(const std::string& name, std::string_view text);
  /// Pushes the compiled function.
  result<void> load(lua_State* L, const std::string& file);

 private:
  std::mutex mutex_;
  std::map<std::string, bytecode> chunks_;
};

}  // namespace godwit::lua
