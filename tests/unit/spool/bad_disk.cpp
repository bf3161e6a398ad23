#include "bad_disk.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <mutex>

namespace godwit::test {

namespace {

constexpr int never = -1;

struct call_state {
  int until_failure = never, until_hanging = never;  ///< calls that succeed before
  int waiting = 0;
};

struct disk {
  std::mutex mutex;
  std::condition_variable changed;
  call_state calls[4];
  call_state& of(disk_call call) { return calls[static_cast<int>(call)]; }
};

disk& the_disk() {
  static auto* const instance = new disk;
  return *instance;
}

/// Counts down; false while calls are spared.
bool is_reached(int& spared) {
  if (spared > 0) {
    --spared;
    return false;
  }
  return spared == 0;
}

bool must_fail(disk_call call) {
  auto& d = the_disk();
  std::unique_lock lock(d.mutex);
  auto& state = d.of(call);
  if (is_reached(state.until_hanging)) {
    ++state.waiting;
    d.changed.notify_all();
    d.changed.wait(lock, [&state] { return state.until_hanging == never; });
    --state.waiting;
  }
  const bool fails = is_reached(state.until_failure);
  if (fails) errno = EIO;
  return fails;
}

void set(int& spared, int to) {
  const std::lock_guard lock(the_disk().mutex);
  spared = to;
  the_disk().changed.notify_all();
}

}  // namespace

failing_call::failing_call(disk_call call, int spared) : call_(call) { set(the_disk().of(call).until_failure, spared); }

failing_call::~failing_call() { set(the_disk().of(call_).until_failure, never); }

hanging_call::hanging_call(disk_call call, int spared) : call_(call) { set(the_disk().of(call).until_hanging, spared); }

hanging_call::~hanging_call() { set(the_disk().of(call_).until_hanging, never); }

void hanging_call::wait() {
  auto& d = the_disk();
  std::unique_lock lock(d.mutex);
  d.changed.wait(lock, [&] { return d.of(call_).waiting > 0; });
}

}  // namespace godwit::test

// In place of the C library's, which the programs' libraries find here first.
extern "C" {

int fdatasync(int fd) {
  using namespace godwit::test;
  return must_fail(disk_call::fdatasync) ? -1 : static_cast<int>(::syscall(SYS_fdatasync, fd));
}

ssize_t pwrite(int fd, const void* bytes, size_t size, off_t at) {
  using namespace godwit::test;
  return must_fail(disk_call::pwrite) ? -1 : ::syscall(SYS_pwrite64, fd, bytes, size, at);
}

int unlinkat(int at, const char* name, int flags) noexcept {
  using namespace godwit::test;
  return must_fail(disk_call::unlinkat) ? -1 : static_cast<int>(::syscall(SYS_unlinkat, at, name, flags));
}

int syncfs(int fd) noexcept {
  using namespace godwit::test;
  return must_fail(disk_call::syncfs) ? -1 : static_cast<int>(::syscall(SYS_syncfs, fd));
}
}
