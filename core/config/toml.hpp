#pragma once
// TOML text to and from value; toml++ stays behind this header. A document remembers where each key stood.

#include <map>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/value.hpp"

namespace godwit::config {

struct toml_document {
  value root;
  std::string file;
  std::map<std::string, unsigned> lines;  ///< "listeners.smtp[1].banner" -> 1-based line

  /// "FILE:LINE" of a key path, of its nearest known ancestor when it is not in the text.
  std::string where(const std::string& path) const;
};

/// The error names file, line and column.
result<toml_document> parse_toml_document(std::string_view text, std::string file);
result<toml_document> load_toml_document(const std::string& file);
result<value> parse_toml(std::string_view text, std::string_view name);
std::string write_toml(const value& table, bool pretty);

}  // namespace godwit::config
