#pragma once
// The fields of a report's machine-readable part (RFC 3464 2.1, RFC 5965 3): taken out by name, what stays are
// extensions. Pure.

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/duration.hpp"
#include "base/result.hpp"
#include "base/value.hpp"

namespace godwit::mail {

/// "dns; mx.example.com": a name and what kind of name it is.
struct typed_name {
  std::string type;  ///< lower case, empty when the field has none
  std::string name;

  static typed_name parse(std::string_view text);
};

class report_fields {
 public:
  /// One group: up to the empty line or the end of `block`.
  explicit report_fields(std::string_view block);

  bool empty() const { return fields_.empty(); }
  /// The first one's value on one line. Names are case-insensitive.
  std::optional<std::string> take(std::string_view name);
  result<std::string> require(std::string_view name);  ///< the error names the field
  std::vector<std::string> take_all(std::string_view name);
  std::optional<wall_time> take_date(std::string_view name);  ///< nothing as well when it is no date
  std::optional<typed_name> take_typed(std::string_view name);
  /// What was not taken: lower-case name to an array of values.
  object extensions() const;

 private:
  std::vector<std::pair<std::string, std::string>> fields_;  ///< name in lower case
};

/// Groups of fields, parted by empty lines.
std::vector<report_fields> read_field_groups(std::string_view text);

// Values of record and script: null when absent; bytes that are not UTF-8 become an array of numbers.
value text_or_bytes(std::string_view text);
value to_value(const std::optional<std::string>& text);
value to_value(const std::optional<wall_time>& when);  ///< RFC 3339
value to_value(const std::vector<std::string>& texts);

}  // namespace godwit::mail
