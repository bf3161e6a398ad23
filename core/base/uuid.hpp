#pragma once
// Version 1 UUIDs (RFC 4122): a message's spool id; its creation time is part of it.

#include <array>
#include <chrono>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace godwit {

struct uuid {
  std::array<std::uint8_t, 16> bytes{};

  auto operator<=>(const uuid&) const = default;
  bool is_nil() const;

  /// 32 lower-case hex digits: the form in logs, replies and Lua (KumoMTA: messages).
  std::string simple() const;
  std::string hyphenated() const;
  /// Time of a version 1 UUID, to 100 ns.
  std::chrono::system_clock::time_point created() const;

  /// Unique in this process and across restarts; thread-safe, lock-free after the first call of a thread.
  static uuid make_v1();
  static uuid make_v4();
  /// Simple, hyphenated, braced or urn form; any letter case.
  static std::optional<uuid> parse(std::string_view text);
};

}  // namespace godwit

template <>
struct std::hash<godwit::uuid> {
  std::size_t operator()(const godwit::uuid& id) const noexcept;
};
