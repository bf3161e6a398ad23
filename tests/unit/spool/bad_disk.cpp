#include "bad_disk.hpp"

#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <shared_mutex>

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
  call_state calls[8];
  call_state& of(disk_call call) { return calls[static_cast<int>(call)]; }

  std::shared_mutex running;  ///< shared by calls that run, had alone by the watcher
  bool is_watched = false;
  disk_watcher* watcher = nullptr;
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

thread_local bool is_telling = false;  ///< the watcher's own calls are not told, and do not fail

bool must_fail(disk_call call) {
  if (is_telling) return false;
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

template <class F>
void tell(F what) {
  auto& d = the_disk();
  if (is_telling) return;
  const std::unique_lock alone(d.running);
  if (d.watcher == nullptr) return;
  is_telling = true;
  what(*d.watcher);
  is_telling = false;
}

/// A call that changes the disk.
template <class F>
auto change(F call) {
  if (is_telling) return call();
  tell([](disk_watcher& w) { w.before_change(); });
  const std::shared_lock runs(the_disk().running);
  return call();
}

template <class F>
int flush(disk_call call, int fd, F real) {
  if (must_fail(call)) return -1;
  std::shared_lock runs(the_disk().running);
  const bool is_watched = the_disk().is_watched;
  runs.unlock();
  if (!is_watched) return real();
  tell([](disk_watcher& w) { w.before_change(); });
  tell([&](disk_watcher& w) { w.after_flush(call, fd); });
  return 0;
}

/// Fails behind half of the bytes.
template <class F>
ssize_t write_some(disk_call call, size_t size, F real) {
  const bool fails = must_fail(call);
  const auto wrote = change([&] { return fails && size > 1 ? real(size / 2) : fails ? 0 : real(size); });
  if (!fails) return wrote;
  errno = EIO;
  return -1;
}

bool is_file(int fd) {
  struct stat info {};
  return ::fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
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

still_disk::still_disk() {
  the_disk().running.lock();
  is_telling = true;
}

still_disk::~still_disk() {
  is_telling = false;
  the_disk().running.unlock();
}

watched_disk::watched_disk(disk_watcher* watcher) {
  const std::unique_lock alone(the_disk().running);
  the_disk().watcher = watcher;
  the_disk().is_watched = true;
}

watched_disk::~watched_disk() {
  const std::unique_lock alone(the_disk().running);
  the_disk().watcher = nullptr;
  the_disk().is_watched = false;
}

}  // namespace godwit::test

// In place of the C library's, which the programs' libraries find here first.
extern "C" {

using godwit::test::disk_call;

int fdatasync(int fd) {
  return godwit::test::flush(disk_call::fdatasync, fd, [fd] { return static_cast<int>(::syscall(SYS_fdatasync, fd)); });
}

int fsync(int fd) {
  return godwit::test::flush(disk_call::fsync, fd, [fd] { return static_cast<int>(::syscall(SYS_fsync, fd)); });
}

int syncfs(int fd) noexcept {
  return godwit::test::flush(disk_call::syncfs, fd, [fd] { return static_cast<int>(::syscall(SYS_syncfs, fd)); });
}

ssize_t pwrite(int fd, const void* bytes, size_t size, off_t at) {
  return godwit::test::write_some(disk_call::pwrite, size, [&](size_t n) { return ::syscall(SYS_pwrite64, fd, bytes, n, at); });
}

ssize_t write(int fd, const void* bytes, size_t size) {
  if (!godwit::test::is_file(fd)) return ::syscall(SYS_write, fd, bytes, size);
  return godwit::test::write_some(disk_call::write, size, [&](size_t n) { return ::syscall(SYS_write, fd, bytes, n); });
}

int unlinkat(int at, const char* name, int flags) noexcept {
  using namespace godwit::test;
  if (must_fail(disk_call::unlinkat)) return -1;
  return change([&] { return static_cast<int>(::syscall(SYS_unlinkat, at, name, flags)); });
}

int renameat(int at, const char* name, int to, const char* new_name) noexcept {
  using namespace godwit::test;
  if (must_fail(disk_call::renameat)) return -1;
  return change([&] { return static_cast<int>(::syscall(SYS_renameat, at, name, to, new_name)); });
}

int faccessat(int at, const char* name, int mode, int flags) noexcept {
  using namespace godwit::test;
  return must_fail(disk_call::faccessat) ? -1 : static_cast<int>(::syscall(SYS_faccessat2, at, name, mode, flags));
}
}
