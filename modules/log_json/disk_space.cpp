#include "disk_space.hpp"

#include <sys/statvfs.h>

#include <charconv>

#include <fmt/format.h>

namespace log_json {

free_limit free_limit::from(godwit::sdk::value_view v, std::string_view option) {
  if (v.kind() == GODWIT_INTEGER || v.kind() == GODWIT_NUMBER) return {false, v.number()};
  auto text = v.text();
  const bool is_percent = text.ends_with('%');
  if (is_percent) text.remove_suffix(1);
  double amount = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), amount);
  if (text.empty() || failed != std::errc{} || end != text.data() + text.size() || amount < 0 ||
      (is_percent && amount > 100))
    throw godwit::sdk::failure(fmt::format("{}: use \"N%\" or a number, not {}", option, v.json()));
  return {is_percent, amount};
}

bool free_limit::is_met(std::uint64_t available, std::uint64_t total) const {
  if (total == 0) return true;
  const auto wanted = is_percent ? amount * static_cast<double>(total) / 100 : amount;
  return static_cast<double>(available) >= wanted;
}

std::string free_limit::text() const { return fmt::format("{}{}", amount, is_percent ? "%" : ""); }

std::optional<disk_state> disk_state::of(const std::string& dir) {
  struct statvfs s {};
  if (statvfs(dir.c_str(), &s) != 0) return std::nullopt;
  return disk_state{std::uint64_t{s.f_bavail} * s.f_frsize, std::uint64_t{s.f_blocks} * s.f_frsize,
                    s.f_favail, s.f_files};
}

}  // namespace log_json
