#include "slot_map.hpp"

#include <array>
#include <charconv>

#include <godwit/host.hpp>

namespace redis {

namespace sdk = godwit::sdk;
using kind = reply::kind;

namespace {

constexpr auto make_table() {
  std::array<std::uint16_t, 256> table{};
  for (unsigned byte = 0; byte < table.size(); ++byte) {
    unsigned crc = byte << 8U;
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 0x8000U) != 0 ? (crc << 1U) ^ 0x1021U : crc << 1U;
    table[byte] = static_cast<std::uint16_t>(crc);
  }
  return table;
}
constexpr auto crc_table = make_table();

[[noreturn]] void refuse() { throw sdk::failure("the reply to CLUSTER SLOTS is malformed"); }

template <class Number>
bool read_number(std::string_view text, Number& n) {
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), n);
  return failed == std::errc{} && end == text.data() + text.size();
}

endpoint node_of(const reply& r, const endpoint& asked) {
  if (r.what != kind::array || r.items.size() < 2 || r.items[1].what != kind::integer) refuse();
  const auto port = r.items[1].integer;
  if (port <= 0 || port > 0xffff) refuse();
  const bool is_named = r.items[0].what == kind::text && !r.items[0].text.empty() && r.items[0].text != "?";
  return {is_named ? r.items[0].text : asked.host, static_cast<std::uint16_t>(port)};
}

std::uint16_t slot_number(const reply& r) {
  if (r.what != kind::integer || r.integer < 0 || r.integer >= static_cast<std::int64_t>(slot_count))
    refuse();
  return static_cast<std::uint16_t>(r.integer);
}

}  // namespace

std::uint16_t crc16(std::string_view bytes) {
  unsigned crc = 0;
  for (const char c : bytes)
    crc = ((crc << 8U) ^ crc_table[((crc >> 8U) ^ static_cast<unsigned char>(c)) & 0xffU]) & 0xffffU;
  return static_cast<std::uint16_t>(crc);
}

std::uint16_t slot_of(std::string_view key) {
  const auto open = key.find('{');
  if (open != std::string_view::npos) {
    const auto close = key.find('}', open + 1);
    if (close != std::string_view::npos && close > open + 1) key = key.substr(open + 1, close - open - 1);
  }
  return crc16(key) % slot_count;
}

slot_map::slot_map(const reply& slots, const endpoint& asked) : slot_map() {
  if (slots.what != kind::array) refuse();
  for (const auto& range : slots.items) {
    if (range.what != kind::array || range.items.size() < 3) refuse();
    const auto first = slot_number(range.items[0]), last = slot_number(range.items[1]);
    const auto owner = shard_of(node_of(range.items[2], asked));
    if (shards_[owner].replicas.empty())
      for (std::size_t i = 3; i < range.items.size(); ++i)
        shards_[owner].replicas.push_back(node_of(range.items[i], asked));
    for (std::size_t slot = first; slot <= last; ++slot) owners_[slot] = owner;
  }
}

std::uint16_t slot_map::shard_of(const endpoint& primary) {
  for (std::size_t i = 0; i < shards_.size(); ++i)
    if (shards_[i].primary == primary) return static_cast<std::uint16_t>(i);
  if (shards_.size() >= nobody) refuse();
  shards_.push_back({primary, {}});
  return static_cast<std::uint16_t>(shards_.size() - 1);
}

void slot_map::move(std::uint16_t slot, const endpoint& primary) { owners_[slot] = shard_of(primary); }

redirection parse_redirection(std::string_view error, const endpoint& asked) {
  redirection r;
  const auto first = error.find(' ');
  const auto second = error.find(' ', first + 1);
  const auto colon = error.rfind(':');
  const bool has_parts = first != error.npos && second != error.npos && colon != error.npos && colon > second;
  if (!has_parts || !read_number(error.substr(first + 1, second - first - 1), r.slot) ||
      r.slot >= slot_count || !read_number(error.substr(colon + 1), r.to.port))
    throw sdk::failure("the server redirects to nowhere: " + std::string(error));
  r.to.host = error.substr(second + 1, colon - second - 1);
  if (r.to.host.empty()) r.to.host = asked.host;
  return r;
}

}  // namespace redis
