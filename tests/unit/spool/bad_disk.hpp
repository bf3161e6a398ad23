#pragma once
// A disk whose calls fail or hang on demand: those of this program go through it.

namespace godwit::test {

enum class disk_call { fdatasync, syncfs, unlinkat, pwrite };

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

}  // namespace godwit::test
