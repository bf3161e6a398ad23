#pragma once
// The request target: path and query (RFC 3986, application/x-www-form-urlencoded). Pure.

#include <optional>
#include <string>
#include <string_view>

#include "http/message.hpp"

namespace godwit::http {

struct target {
  std::string path;  ///< decoded; starts with '/'
  header_list query;
};

/// nullopt: not an absolute path, a bad percent sequence, or a NUL. An absolute URI ("http://host/path") loses scheme and
/// host.
std::optional<target> parse_target(std::string_view text);
/// "a=1&b=x+y" decoded; a part without '=' has an empty value. nullopt: a bad percent sequence.
std::optional<header_list> parse_query(std::string_view text);

}  // namespace godwit::http
