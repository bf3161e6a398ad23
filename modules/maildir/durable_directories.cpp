#include "durable_directories.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <system_error>

#include "file_calls.hpp"

namespace maildir {

namespace {

/// A few megabytes of names; then they are flushed once more.
constexpr std::size_t most_remembered = 50'000;

std::string parent_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == 0 ? "/" : path.substr(0, slash);
}

bool exists(const std::string& path) {
  struct stat s {};
  return ::stat(path.c_str(), &s) == 0;
}

/// False when it was there.
bool create(const std::string& path, const std::optional<mode_t>& mode) {
  if (exists(path)) return false;
  if (::mkdir(path.c_str(), mode.value_or(0777)) != 0) {
    if (errno == EEXIST) return false;
    give_up("cannot create " + path);
  }
  if (mode && ::chmod(path.c_str(), *mode) != 0) give_up("cannot set the mode of " + path);
  return true;
}

/// Where this process may not list, it has not made directories either: /home may be such a place.
void flush_entry(const std::string& path, bool is_new) {
  try {
    flush_directory(parent_of(path));
  } catch (const std::system_error& e) {
    if (is_new || e.code() != std::errc::permission_denied) throw;
  }
}

}  // namespace

void durable_directories::make(const std::string& path, const std::optional<mode_t>& mode) {
  for (std::size_t at = path.find('/', 1);; at = path.find('/', at + 1)) {
    const auto part = path.substr(0, at);
    if (!part.ends_with('/')) make_one(part, mode);
    if (at == path.npos) break;
  }
}

void durable_directories::make_one(const std::string& path, const std::optional<mode_t>& mode) {
  const bool is_new = create(path, mode);
  if (!is_new && is_flushed(path)) return;
  flush_entry(path, is_new);
  keep(path);
}

bool durable_directories::is_flushed(const std::string& path) {
  const std::lock_guard lock(mutex_);
  return flushed_.contains(path);
}

void durable_directories::keep(const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (flushed_.size() >= most_remembered) flushed_.clear();
  flushed_.insert(path);
}

}  // namespace maildir
