#pragma once
// Directories that a power cut cannot take away.

#include <sys/types.h>

#include <mutex>
#include <optional>
#include <string>
#include <unordered_set>

namespace maildir {

/// Makes directories and remembers those whose entry in their parent is flushed: by this process, once each. One that was
/// found there may come from an attempt, or from a process, that made it and got no further. Thread-safe.
class durable_directories {
 public:
  /// The directory and those above it, the made ones with this mode; by the umask without one. Throws std::system_error.
  void make(const std::string& path, const std::optional<mode_t>& mode);

 private:
  void make_one(const std::string& path, const std::optional<mode_t>& mode);
  bool is_flushed(const std::string& path);
  void keep(const std::string& path);

  std::mutex mutex_;
  std::unordered_set<std::string> flushed_;
};

}  // namespace maildir
