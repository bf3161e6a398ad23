#include "config/throttle_spec.hpp"

#include <array>
#include <charconv>
#include <utility>

#include "base/text.hpp"

namespace godwit::config {

namespace {

std::optional<std::uint64_t> read_quantity(std::string_view text) {
  std::string digits;
  for (const char c : trim(text)) {
    if (c != ',' && c != '_') digits += c;
  }
  std::uint64_t n = 0;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), n);
  if (digits.empty() || failed != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return n;
}

std::optional<std::uint64_t> unit_seconds(std::string_view unit) {
  static constexpr std::array<std::pair<std::string_view, std::uint64_t>, 11> units{{
      {"d", 86400}, {"day", 86400}, {"h", 3600}, {"hr", 3600}, {"hour", 3600}, {"m", 60},
      {"min", 60}, {"minute", 60}, {"s", 1}, {"sec", 1}, {"second", 1},
  }};
  for (const auto& [name, seconds] : units) {
    if (unit == name || (unit == "seconds" && name == "second")) return seconds;
  }
  return std::nullopt;
}

/// "h", "10s": an optional count before the unit.
std::optional<std::uint64_t> read_period(std::string_view text) {
  text = trim(text);
  const auto unit_at = text.find_first_not_of("0123456789,_ ");
  if (unit_at == std::string_view::npos) return std::nullopt;
  const auto seconds = unit_seconds(text.substr(unit_at));
  if (!seconds) return std::nullopt;
  if (unit_at == 0) return seconds;
  const auto count = read_quantity(text.substr(0, unit_at));
  std::uint64_t period = 0;
  if (!count || *count == 0 || __builtin_mul_overflow(*count, *seconds, &period)) return std::nullopt;
  return period;
}

bool take_local(std::string_view& text) {
  constexpr std::string_view prefix = "local:";
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

}  // namespace

result<throttle_spec> throttle_spec::parse(std::string_view text) {
  const auto whole = text;
  const auto wrong = [&](std::string_view why) {
    return fail("invalid throttle \"{}\": {}; write QUANTITY/PERIOD like \"100/h\" or \"50/10s,max_burst=5\"", whole, why);
  };
  throttle_spec spec;
  spec.local = take_local(text);
  if (const auto comma = text.find(",max_burst="); comma != std::string_view::npos) {
    spec.max_burst = read_quantity(text.substr(comma + 11));
    if (!spec.max_burst || *spec.max_burst == 0) return wrong("max_burst is not a positive number");
    text = text.substr(0, comma);
  }
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return wrong("the / is missing");
  const auto quantity = read_quantity(text.substr(0, slash));
  if (!quantity || *quantity == 0) return wrong("the quantity is not a positive number");
  const auto period = read_period(text.substr(slash + 1));
  if (!period) return wrong("the period is not d, h, m or s");
  spec.limit = *quantity;
  spec.period_seconds = *period;
  return spec;
}

std::string throttle_spec::text() const {
  std::string period;
  switch (period_seconds) {
    case 1: period = "s"; break;
    case 60: period = "m"; break;
    case 3600: period = "h"; break;
    case 86400: period = "d"; break;
    default: period = fmt::format("{}s", period_seconds);
  }
  auto text = fmt::format("{}{}/{}", local ? "local:" : "", limit, period);
  if (max_burst) text += fmt::format(",max_burst={}", *max_burst);
  return text;
}

result<limit_spec> limit_spec::parse(std::string_view text) {
  const auto whole = text;
  limit_spec spec;
  spec.local = take_local(text);
  const auto quantity = read_quantity(text);
  if (!quantity) return fail("invalid limit \"{}\": write a number, or \"local:NUMBER\"", whole);
  spec.limit = *quantity;
  return spec;
}

std::string limit_spec::text() const { return fmt::format("{}{}", local ? "local:" : "", limit); }

}  // namespace godwit::config
