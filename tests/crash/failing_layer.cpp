// A layer between a program and its disk, for LD_PRELOAD: calls fail as the file that FAILING_RULES names says, one rule a
// line, "CALL ERRNO PATH": calls of that name on files whose path begins with PATH set that errno and do nothing; with
// ERRNO -1 they wait until the rule is gone. The file is read again for every call, so that a test can make a running
// program's disk fail and recover. CALL is write (with its vector and positional forms), read (likewise) or sync (fsync,
// fdatasync, syncfs). tests/harness/failing.py writes the file.

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <sstream>
#include <thread>

#include "preloaded.hpp"

namespace {

using preloaded::real;

/// By system calls, since the library's are what this file stands in for.
std::string text_of(const char* file) {
  const auto fd = ::syscall(SYS_openat, AT_FDCWD, file, O_RDONLY | O_CLOEXEC, 0);
  if (fd < 0) return {};
  char bytes[4096];
  const auto size = ::syscall(SYS_read, fd, bytes, sizeof bytes);
  ::syscall(SYS_close, fd);
  return size > 0 ? std::string(bytes, static_cast<std::size_t>(size)) : std::string();
}

/// The error that the call has to end with, 0 when it may run.
int error_for(const char* call, int fd) {
  static const char* const file = std::getenv("FAILING_RULES");
  const auto text = file ? text_of(file) : std::string();
  if (text.empty()) return 0;
  const auto path = preloaded::path_of(fd);
  std::istringstream rules(text);
  std::string name, prefix;
  for (int error = 0; rules >> name >> error >> prefix;) {
    if (name == call && path.starts_with(prefix)) return error;
  }
  return 0;
}

/// The same after a disk that does not answer has come back.
int awaited_error(const char* call, int fd) {
  int error = 0;
  while ((error = error_for(call, fd)) < 0) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  return error;
}

template <class F, class... Arguments>
auto run(const char* call, F* function, int fd, Arguments... arguments) -> decltype(function(fd, arguments...)) {
  const int before = errno;
  if (const int error = awaited_error(call, fd)) {
    errno = error;
    return -1;
  }
  errno = before;
  return function(fd, arguments...);
}

}  // namespace

extern "C" {

ssize_t write(int fd, const void* data, size_t size) {
  static auto* const call = real<ssize_t(int, const void*, size_t)>("write");
  return run("write", call, fd, data, size);
}

ssize_t writev(int fd, const iovec* parts, int count) {
  static auto* const call = real<ssize_t(int, const iovec*, int)>("writev");
  return run("write", call, fd, parts, count);
}

ssize_t pwrite(int fd, const void* data, size_t size, off_t at) {
  static auto* const call = real<ssize_t(int, const void*, size_t, off_t)>("pwrite");
  return run("write", call, fd, data, size, at);
}

ssize_t pwrite64(int fd, const void* data, size_t size, off64_t at) {
  static auto* const call = real<ssize_t(int, const void*, size_t, off64_t)>("pwrite64");
  return run("write", call, fd, data, size, at);
}

ssize_t read(int fd, void* into, size_t size) {
  static auto* const call = real<ssize_t(int, void*, size_t)>("read");
  return run("read", call, fd, into, size);
}

ssize_t pread(int fd, void* into, size_t size, off_t at) {
  static auto* const call = real<ssize_t(int, void*, size_t, off_t)>("pread");
  return run("read", call, fd, into, size, at);
}

ssize_t pread64(int fd, void* into, size_t size, off64_t at) {
  static auto* const call = real<ssize_t(int, void*, size_t, off64_t)>("pread64");
  return run("read", call, fd, into, size, at);
}

int fsync(int fd) {
  static auto* const call = real<int(int)>("fsync");
  return run("sync", call, fd);
}

int fdatasync(int fd) {
  static auto* const call = real<int(int)>("fdatasync");
  return run("sync", call, fd);
}

int syncfs(int fd) noexcept {
  static auto* const call = real<int(int)>("syncfs");
  return run("sync", call, fd);
}
}
