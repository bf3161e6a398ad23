#include "mode_setting.hpp"

#include <charconv>
#include <string>

#include <fmt/format.h>

namespace maildir {

namespace {

using godwit::sdk::failure;
using godwit::sdk::value_view;

constexpr std::int64_t highest = 07777;

struct mode_option {
  std::string_view name;
  std::int64_t needed;
  std::string_view why;
  std::string_view example;
};

constexpr mode_option directory{"dir_mode", 0700, "the owner needs rwx to deliver into a directory", "\"0775\""};
constexpr mode_option file{"file_mode", 0600, "the owner needs rw on a file", "\"0664\""};

std::optional<std::int64_t> read_octal(std::string_view text) {
  std::int64_t mode = 0;
  if (text.starts_with("0o")) text.remove_prefix(2);
  const auto* end = text.data() + text.size();
  if (text.empty() || std::from_chars(text.data(), end, mode, 8).ptr != end) return std::nullopt;
  return mode;
}

std::optional<std::int64_t> read_number(value_view v) {
  if (v.is_text()) return read_octal(v.text());
  return v.kind() == GODWIT_INTEGER ? std::optional(v.integer()) : std::nullopt;
}

std::optional<mode_t> read_mode(value_view settings, const mode_option& o) {
  const auto v = settings[o.name];
  if (v.is_null()) return std::nullopt;
  const auto mode = read_number(v);
  if (!mode || *mode < 0 || *mode > highest)
    throw failure(fmt::format("{}: {} is no mode, write octal digits: {}", o.name, v.json(), o.example));
  if ((*mode & o.needed) != o.needed)
    throw failure(fmt::format("{}: {} is mode {:04o}, and {}: write octal digits, as {}", o.name, v.json(), *mode, o.why, o.example));
  return static_cast<mode_t>(*mode);
}

}  // namespace

modes read_modes(value_view settings) { return {read_mode(settings, directory), read_mode(settings, file)}; }

}  // namespace maildir
