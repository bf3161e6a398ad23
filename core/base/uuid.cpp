#include "base/uuid.hpp"

#include <sys/random.h>

#include <atomic>
#include <cstring>

#include "base/encoding.hpp"
#include "base/internal_error.hpp"

namespace godwit {
namespace {

/// 100 ns ticks between 1582-10-15 (start of version 1 time) and 1970-01-01.
constexpr std::uint64_t gregorian_offset = 0x01B21DD213814000u;

using ticks = std::chrono::duration<std::int64_t, std::ratio<1, 10'000'000>>;

void fill_random(void* to, std::size_t size) {
  auto* at = static_cast<char*>(to);
  while (size > 0) {
    const ssize_t got = ::getrandom(at, size, 0);
    if (got < 0 && errno != EINTR) on_internal_error("getrandom failed");
    if (got <= 0) continue;
    at += got;
    size -= static_cast<std::size_t>(got);
  }
}

/// Clock sequence and node, random for each process: what makes ids unique across restarts and machines,
/// whatever the clock does in between. RFC 4122 4.5: a random node carries the multicast bit.
std::array<std::uint8_t, 8> make_process_part() {
  std::array<std::uint8_t, 8> part;
  fill_random(part.data(), part.size());
  part[0] = static_cast<std::uint8_t>((part[0] & 0x3F) | 0x80);
  part[2] |= 0x01;
  return part;
}

/// Each caller gets a tick of its own: the current one, or the one after the last given.
std::uint64_t next_tick() {
  static std::atomic<std::uint64_t> last{0};
  const auto now = std::chrono::duration_cast<ticks>(std::chrono::system_clock::now().time_since_epoch());
  const std::uint64_t wanted = static_cast<std::uint64_t>(now.count()) + gregorian_offset;
  std::uint64_t seen = last.load(std::memory_order_relaxed);
  std::uint64_t mine;
  do {
    mine = wanted > seen ? wanted : seen + 1;
  } while (!last.compare_exchange_weak(seen, mine, std::memory_order_relaxed));
  return mine;
}

/// Removes the decoration of the urn, braced and hyphenated forms; empty when the form is none of them.
std::string digits_of(std::string_view text) {
  if (text.starts_with("urn:uuid:")) text.remove_prefix(9);
  if (text.size() > 2 && text.front() == '{' && text.back() == '}') text = text.substr(1, text.size() - 2);
  if (text.size() == 32) return std::string(text);
  if (text.size() != 36) return {};
  std::string digits;
  digits.reserve(32);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool at_hyphen = i == 8 || i == 13 || i == 18 || i == 23;
    if (at_hyphen != (text[i] == '-')) return {};
    if (!at_hyphen) digits.push_back(text[i]);
  }
  return digits;
}

}  // namespace

bool uuid::is_nil() const { return bytes == std::array<std::uint8_t, 16>{}; }

std::string uuid::simple() const {
  return hex_encode({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

std::string uuid::hyphenated() const {
  std::string text = simple();
  for (const std::size_t at : {8, 13, 18, 23}) text.insert(at, 1, '-');
  return text;
}

std::chrono::system_clock::time_point uuid::created() const {
  if (bytes[6] >> 4 != 1) return {};
  const auto field = [this](int from, int count) {
    std::uint64_t n = 0;
    for (int i = 0; i < count; ++i) n = n << 8 | bytes[static_cast<std::size_t>(from + i)];
    return n;
  };
  const std::uint64_t tick = (field(6, 2) & 0x0FFF) << 48 | field(4, 2) << 32 | field(0, 4);
  const ticks since_epoch{static_cast<std::int64_t>(tick - gregorian_offset)};
  // Not every tick fits the nanosecond clock; a foreign id from year 1582 or 4000 stays at its edge.
  constexpr ticks limit{INT64_MAX / 100};
  if (since_epoch > limit) return std::chrono::system_clock::time_point::max();
  if (since_epoch < -limit) return std::chrono::system_clock::time_point::min();
  return std::chrono::system_clock::time_point(since_epoch);
}

uuid uuid::make_v1() {
  static const std::array<std::uint8_t, 8> process_part = make_process_part();
  const std::uint64_t tick = next_tick();
  uuid id;
  for (std::size_t i = 0; i < 4; ++i) id.bytes[i] = static_cast<std::uint8_t>(tick >> (24 - 8 * i));
  id.bytes[4] = static_cast<std::uint8_t>(tick >> 40);
  id.bytes[5] = static_cast<std::uint8_t>(tick >> 32);
  id.bytes[6] = static_cast<std::uint8_t>((tick >> 56 & 0x0F) | 0x10);
  id.bytes[7] = static_cast<std::uint8_t>(tick >> 48);
  std::memcpy(id.bytes.data() + 8, process_part.data(), process_part.size());
  return id;
}

uuid uuid::make_v4() {
  uuid id;
  fill_random(id.bytes.data(), id.bytes.size());
  id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0F) | 0x40);
  id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3F) | 0x80);
  return id;
}

std::optional<uuid> uuid::parse(std::string_view text) {
  const auto raw = hex_decode(digits_of(text));
  if (!raw || raw->size() != 16) return std::nullopt;
  uuid id;
  std::memcpy(id.bytes.data(), raw->data(), 16);
  return id;
}

}  // namespace godwit

std::size_t std::hash<godwit::uuid>::operator()(const godwit::uuid& id) const noexcept {
  // The time fields tell ids of one process apart, the rest those of different ones.
  std::uint64_t time, rest;
  std::memcpy(&time, id.bytes.data(), 8);
  std::memcpy(&rest, id.bytes.data() + 8, 8);
  std::uint64_t h = (time ^ rest) * 0x9E3779B97F4A7C15u;
  h ^= h >> 32;
  return static_cast<std::size_t>(h * 0xD6E8FEB86659FD93u ^ h >> 29);
}
