#include "bad_disk.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <mutex>

namespace godwit::test {

namespace {

constexpr int never = -1;

struct disk {
  std::mutex mutex;
  std::condition_variable changed;
  int spared[2] = {never, never};  ///< by flush_call: calls that succeed before one fails
  bool is_hanging = false;
  int waiting = 0;
};

disk& the_disk() {
  static auto* const instance = new disk;
  return *instance;
}

bool must_fail(flush_call call) {
  auto& d = the_disk();
  std::unique_lock lock(d.mutex);
  if (call == flush_call::syncfs && d.is_hanging) {
    ++d.waiting;
    d.changed.notify_all();
    d.changed.wait(lock, [&d] { return !d.is_hanging; });
    --d.waiting;
  }
  auto& spared = d.spared[static_cast<int>(call)];
  if (spared > 0) {
    --spared;
    return false;
  }
  if (spared == 0) errno = EIO;
  return spared == 0;
}

}  // namespace

failing_flush::failing_flush(flush_call call, int spared) : call_(call) {
  const std::lock_guard lock(the_disk().mutex);
  the_disk().spared[static_cast<int>(call)] = spared;
}

failing_flush::~failing_flush() {
  const std::lock_guard lock(the_disk().mutex);
  the_disk().spared[static_cast<int>(call_)] = never;
}

hanging_syncfs::hanging_syncfs() {
  const std::lock_guard lock(the_disk().mutex);
  the_disk().is_hanging = true;
}

hanging_syncfs::~hanging_syncfs() {
  const std::lock_guard lock(the_disk().mutex);
  the_disk().is_hanging = false;
  the_disk().changed.notify_all();
}

void hanging_syncfs::wait() {
  auto& d = the_disk();
  std::unique_lock lock(d.mutex);
  d.changed.wait(lock, [&d] { return d.waiting > 0; });
}

}  // namespace godwit::test

// In place of the C library's, which the programs' libraries find here first.
extern "C" {

int fdatasync(int fd) {
  using namespace godwit::test;
  return must_fail(flush_call::fdatasync) ? -1 : static_cast<int>(::syscall(SYS_fdatasync, fd));
}

int syncfs(int fd) noexcept {
  using namespace godwit::test;
  return must_fail(flush_call::syncfs) ? -1 : static_cast<int>(::syscall(SYS_syncfs, fd));
}
}
