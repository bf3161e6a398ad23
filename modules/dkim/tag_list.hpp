#pragma once
// Tag=value lists of DKIM signatures and key records (RFC 6376 section 3.2). Pure.

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dkim {

class tag_list {
 public:
  /// Nullopt when a tag name is malformed or occurs twice. Values lose white space at their ends, not inside.
  static std::optional<tag_list> parse(std::string_view text);

  const std::string* find(std::string_view name) const;
  /// Value without any white space (base64, lists); empty when absent.
  std::string compact(std::string_view name) const;

 private:
  std::vector<std::pair<std::string, std::string>> tags_;
};

std::string without_space(std::string_view text);
std::vector<std::string> split_colons(std::string_view text);  ///< parts trimmed, lower case

}  // namespace dkim
