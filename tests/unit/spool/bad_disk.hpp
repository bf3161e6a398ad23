#pragma once
// A disk whose flushes fail or hang on demand: fdatasync and syncfs of this program go through it.

namespace godwit::test {

enum class flush_call { fdatasync, syncfs };

/// While it lives, `call` fails with EIO; the first `spared` calls succeed.
class failing_flush {
 public:
  explicit failing_flush(flush_call call, int spared = 0);
  ~failing_flush();
  failing_flush(const failing_flush&) = delete;
  failing_flush& operator=(const failing_flush&) = delete;

 private:
  flush_call call_;
};

/// While it lives, syncfs does not return.
class hanging_syncfs {
 public:
  hanging_syncfs();
  ~hanging_syncfs();
  hanging_syncfs(const hanging_syncfs&) = delete;
  hanging_syncfs& operator=(const hanging_syncfs&) = delete;
  /// Until a call hangs.
  void wait();
};

}  // namespace godwit::test
