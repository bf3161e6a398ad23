#pragma once
// Free space and inodes of a directory's file system, and the limits under which the server refuses mail.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <godwit/value.hpp>

namespace log_json {

struct free_limit {
  bool is_percent = true;
  double amount = 10;

  /// "10%" or a number.
  static free_limit from(godwit::sdk::value_view v, std::string_view option);
  bool is_met(std::uint64_t available, std::uint64_t total) const;
  std::string text() const;
};

struct disk_state {
  std::uint64_t free_bytes = 0, total_bytes = 0;
  std::uint64_t free_inodes = 0, total_inodes = 0;  ///< both 0: the file system does not count them

  static std::optional<disk_state> of(const std::string& dir);
};

}  // namespace log_json
