#pragma once
// Which files make up the configuration, and whether they changed (KumoMTA: Lua environment).

#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

namespace godwit::lua_api {

/// Thread-safe.
class config_monitor {
 public:
  explicit config_monitor(std::string policy_file);

  void set_globs(std::vector<std::string> globs);
  /// Names of the files, without repetition. Reads directories: not on a loop, unless a script asks.
  std::vector<std::string> files() const;
  /// Differs when a file appeared, went or changed. Reads the files: off the loops.
  std::uint64_t fingerprint() const;

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> globs_;
};

}  // namespace godwit::lua_api
