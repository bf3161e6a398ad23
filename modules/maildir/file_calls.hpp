#pragma once
// System calls on files that throw std::system_error with what was being done, where.

#include <string>

namespace maildir {

/// With errno.
[[noreturn]] void give_up(const std::string& what);
void flush(int fd, const std::string& path);
/// A directory's entries.
void flush_directory(const std::string& path);

}  // namespace maildir
