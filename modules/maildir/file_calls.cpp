#include "file_calls.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "descriptor.hpp"

namespace maildir {

void give_up(const std::string& what) { throw std::system_error(errno, std::generic_category(), what); }

void flush(int fd, const std::string& path) {
  if (::fsync(fd) != 0) give_up("cannot flush " + path);
}

void flush_directory(const std::string& path) {
  const descriptor d(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!d.is_open()) give_up("cannot open " + path);
  flush(d.get(), path);
}

}  // namespace maildir
