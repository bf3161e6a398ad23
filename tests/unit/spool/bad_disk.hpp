#pragma once
// A disk whose calls fail or hang on demand, or are watched: those of this program go through it.

namespace godwit::test {

/// `write` of regular files. A write that fails writes half.
enum class disk_call { fdatasync, fsync, syncfs, unlinkat, renameat, pwrite, write, faccessat };

/// While it lives, `call` fails with EIO; the first `spared` calls succeed.
class failing_call {
 public:
  explicit failing_call(disk_call call, int spared = 0);
  ~failing_call();
  failing_call(const failing_call&) = delete;
  failing_call& operator=(const failing_call&) = delete;

 private:
  disk_call call_;
};

/// While it lives, `call` does not return; the first `spared` calls do.
class hanging_call {
 public:
  explicit hanging_call(disk_call call, int spared = 0);
  ~hanging_call();
  hanging_call(const hanging_call&) = delete;
  hanging_call& operator=(const hanging_call&) = delete;
  /// Until a call hangs.
  void wait();

 private:
  disk_call call_;
};

/// While it lives, no other thread's call changes the disk.
class still_disk {
 public:
  still_disk();
  ~still_disk();
  still_disk(const still_disk&) = delete;
  still_disk& operator=(const still_disk&) = delete;
};

/// Told of calls that change the disk, from any thread, one at a time; no such call runs meanwhile.
class disk_watcher {
 public:
  virtual ~disk_watcher() = default;
  virtual void before_change() = 0;
  /// Succeeded, of this descriptor.
  virtual void after_flush(disk_call call, int fd) = 0;
};

/// While it lives, flushes are not real: nothing waits for the disk of the machine. `watcher` may be null; it outlives this.
class watched_disk {
 public:
  explicit watched_disk(disk_watcher* watcher);
  ~watched_disk();
  watched_disk(const watched_disk&) = delete;
  watched_disk& operator=(const watched_disk&) = delete;
};

}  // namespace godwit::test
