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
  int spared = never;  ///< calls that succeed before one fails
  bool is_hanging = false;
  int waiting = 0;
};

struct disk {
  std::mutex mutex;
  std::condition_variable changed;
  call_state calls[3];
  call_state& of(disk_call call) { return calls[static_cast<int>(call)]; }
};

disk& the_disk() {
  static auto* const instance = new disk;
  return *instance;
}

bool must_fail(disk_call call) {
  auto& d = the_disk();
  std::unique_lock lock(d.mutex);
  auto& state = d.of(call);
  if (state.is_hanging) {
    ++state.waiting;
    d.changed.notify_all();
    d.changed.wait(lock, [&state] { return !state.is_hanging; });
    --state.waiting;
  }
  if (state.spared > 0) {
    --state.spared;
    return false;
  }
  if (state.spared == 0) errno = EIO;
  return state.spared == 0;
}

void set_spared(disk_call call, int spared) {
  const std::lock_guard lock(the_disk().mutex);
  the_disk().of(call).spared = spared;
}

void set_hanging(disk_call call, bool is_hanging) {
  const std::lock_guard lock(the_disk().mutex);
  the_disk().of(call).is_hanging = is_hanging;
  the_disk().changed.notify_all();
}

}  // namespace

failing_call::failing_call(disk_call call, int spared) : call_(call) { set_spared(call, spared); }

failing_call::~failing_call() { set_spared(call_, never); }

hanging_call::hanging_call(disk_call call) : call_(call) { set_hanging(call, true); }

hanging_call::~hanging_call() { set_hanging(call_, false); }

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

int unlinkat(int at, const char* name, int flags) noexcept {
  using namespace godwit::test;
  return must_fail(disk_call::unlinkat) ? -1 : static_cast<int>(::syscall(SYS_unlinkat, at, name, flags));
}

int syncfs(int fd) noexcept {
  using namespace godwit::test;
  return must_fail(disk_call::syncfs) ? -1 : static_cast<int>(::syscall(SYS_syncfs, fd));
}
}
