#include "config/options.hpp"

#include "base/json.hpp"
#include "base/text.hpp"

#include <mutex>

namespace godwit::config {

namespace {
std::map<std::string, const option_table*>& tables() {
  static std::map<std::string, const option_table*> all;
  return all;
}
std::mutex tables_mutex;
}  // namespace

const std::map<std::string, const option_table*>& all_tables() { return tables(); }

void register_table(const option_table& table) {
  const std::lock_guard lock(tables_mutex);
  tables()[table.name()] = &table;
}

std::string describe(const problems& all) {
  std::string text;
  for (const auto& p : all) {
    if (!text.empty()) text += "; ";
    text += p.path.empty() ? p.text : fmt::format("{}: {}", p.path, p.text);
  }
  return text;
}

namespace detail {

void unknown_key(problems& out, const std::string& path, const std::string& key,
                 const std::vector<std::string>& known) {
  const auto near = nearest(key, known);
  out.push_back({join(path, key), near.empty() ? fmt::format("unknown key \"{}\"", key)
                                               : fmt::format("unknown key \"{}\", did you mean \"{}\"?", key, near)});
}

void not_a_table(problems& out, const std::string& path, const value& got) {
  out.push_back({path, fmt::format("invalid type: {}, expected table", got.type_name())});
}

std::string describe_default(const value& v) {
  if (v.is_null()) return "none";
  return json::write(v);
}

}  // namespace detail
}  // namespace godwit::config
