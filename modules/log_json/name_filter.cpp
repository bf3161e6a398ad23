#include "name_filter.hpp"

#include <algorithm>

#include <godwit/message.hpp>

namespace log_json {

name_filter::name_filter(const std::vector<std::string>& names, letters how) : how_(how) {
  for (const auto& name : names) {
    if (name.ends_with('*'))
      prefixes_.push_back(name.substr(0, name.size() - 1));
    else
      names_.push_back(name);
  }
}

bool name_filter::same(std::string_view a, std::string_view b) const {
  return how_ == letters::exact ? a == b : godwit::sdk::same_name(a, b);
}

bool name_filter::matches(std::string_view name) const {
  return std::any_of(names_.begin(), names_.end(), [&](const auto& n) { return same(n, name); }) ||
         std::any_of(prefixes_.begin(), prefixes_.end(),
                     [&](const auto& p) { return same(p, name.substr(0, p.size())); });
}

}  // namespace log_json
