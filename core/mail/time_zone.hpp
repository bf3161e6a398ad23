#pragma once
// IANA time zones read from the system's TZif files (RFC 8536). GCC 12 has no chrono zone database and libc's
// localtime knows one zone per process. Immutable once loaded: share freely between threads.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "mail/posix_zone.hpp"

namespace godwit::mail {

class time_zone {
 public:
  /// By name, "Europe/Paris". Loaded once and kept; thread-safe. "UTC" needs no file.
  static result<std::shared_ptr<const time_zone>> find(std::string_view name);
  /// From the bytes of a TZif file of version 2 or later.
  static result<time_zone> parse(std::string_view bytes);

  /// East of Greenwich is positive.
  std::chrono::seconds offset_at(std::chrono::sys_seconds utc) const;
  std::chrono::local_seconds to_local(std::chrono::sys_seconds utc) const;
  /// A local time that occurs twice maps to the first; one that is skipped maps to as long after the gap's
  /// start.
  std::chrono::sys_seconds to_utc(std::chrono::local_seconds local) const;

 private:
  struct transition {
    std::int64_t at;      ///< seconds since 1970, UTC
    std::int32_t offset;  ///< from then on
  };
  std::vector<transition> transitions_;
  std::int32_t first_offset_ = 0;      ///< before the first transition
  std::optional<posix_zone> forever_;  ///< after the last transition
};

}  // namespace godwit::mail
