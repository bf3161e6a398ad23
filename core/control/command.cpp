#include "control/command.hpp"

#include <fmt/ranges.h>

#include "base/text.hpp"

namespace godwit::control {

std::string_view role_name(role r) {
  static constexpr std::string_view names[] = {"none", "reader", "operator", "admin"};
  return names[static_cast<std::size_t>(r)];
}

bool takes_rest(word_type t) { return t == word_type::rest || t == word_type::command; }

namespace {

std::string bare(const parameter& p) {
  if (p.type == word_type::choice) return fmt::format("{}", fmt::join(p.choices, "|"));
  return takes_rest(p.type) ? p.name + "..." : p.name;
}

}  // namespace

std::string describe(const parameter& p) { return p.is_optional ? fmt::format("[{}]", bare(p)) : bare(p); }

std::string describe(const flag& f) {
  auto text = "--" + f.name;
  for (const auto& word : f.words) text += " " + bare(word);
  return fmt::format("[{}]{}", text, f.is_repeatable ? "..." : "");
}

std::string command::usage() const {
  auto text = name;
  for (const auto& f : flags) text += " " + describe(f);
  for (const auto& p : parameters) text += " " + describe(p);
  return text;
}

}  // namespace godwit::control
