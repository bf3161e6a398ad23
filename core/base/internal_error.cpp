#include "base/internal_error.hpp"

#include <execinfo.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>

namespace godwit {
namespace {

std::atomic<bool> abort_wanted{false};

/// Straight to the descriptor: `log` is a layer above, and the heap may be what is broken.
void report(const std::string& text) {
  if (::write(STDERR_FILENO, text.data(), text.size()) < 0) return;
  void* frames[64];
  const int count = ::backtrace(frames, 64);
  ::backtrace_symbols_fd(frames, count, STDERR_FILENO);
}

}  // namespace

void on_internal_error(std::string_view what, code_location where) {
  const std::string text =
      fmt::format("internal error at {}:{} ({}): {}", where.file, where.line, where.function, what);
  report(text + '\n');
  if (abort_wanted.load(std::memory_order_relaxed)) std::abort();
  throw internal_error(text);
}

void abort_on_internal_error(bool yes) { abort_wanted.store(yes, std::memory_order_relaxed); }

}  // namespace godwit
