#pragma once
// Lists of names as configured for `headers` and `meta`: exact names, or prefixes with a trailing *.

#include <string>
#include <string_view>
#include <vector>

namespace log_json {

class name_filter {
 public:
  enum class letters { exact, any_case };

  name_filter() = default;
  name_filter(const std::vector<std::string>& names, letters how);

  bool empty() const { return names_.empty() && prefixes_.empty(); }
  bool has_wildcards() const { return !prefixes_.empty(); }
  const std::vector<std::string>& names() const { return names_; }
  bool matches(std::string_view name) const;

 private:
  bool same(std::string_view a, std::string_view b) const;
  std::vector<std::string> names_, prefixes_;
  letters how_ = letters::exact;
};

}  // namespace log_json
