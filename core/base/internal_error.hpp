#pragma once
// The one place where a broken invariant is reported. User input never gets here.

#include <stdexcept>
#include <string>
#include <string_view>

namespace godwit {

/// Thrown in production: ends the current session, nothing more.
struct internal_error : std::logic_error {
  using std::logic_error::logic_error;
};

/// Where the caller is. std::source_location is missing from the clang that builds the fuzz targets.
struct code_location {
  const char* file;
  int line;
  const char* function;

  static code_location current(const char* file = __builtin_FILE(), int line = __builtin_LINE(),
                               const char* function = __builtin_FUNCTION()) {
    return {file, line, function};
  }
};

/// Reports with location and backtrace to stderr; aborts when abort_on_internal_error(true), else throws
/// internal_error.
[[noreturn]] void on_internal_error(std::string_view what, code_location where = code_location::current());
void abort_on_internal_error(bool yes);

}  // namespace godwit
