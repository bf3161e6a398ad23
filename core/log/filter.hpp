#pragma once
// Which tags may speak at which level: a parsed directive string. Immutable, so that log lines read it
// without a lock.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "log/log.hpp"

namespace godwit::log {

class filter {
 public:
  static result<filter> parse(std::string_view directives);

  level for_tag(std::string_view tag) const;
  /// The lowest level any tag shows: below it nothing need be looked up.
  level minimum() const;

 private:
  struct directive {
    std::string tag;  ///< empty: every tag
    level least = level::info;
  };
  std::vector<directive> directives_;
};

std::string_view level_name(level l);  ///< "INFO"

}  // namespace godwit::log
