// What a Redis server says: replies in any pieces, the slots of a cluster, redirections; and URLs of policies.
#include <cstdint>

#include <godwit/host.hpp>

#include "redis/reply.hpp"
#include "redis/server.hpp"
#include "redis/slot_map.hpp"
#include "target.hpp"

namespace {

const redis::endpoint asked{"127.0.0.1", 7000};

template <class F>
void expect_failures_only(F f) {
  try {
    f();
  } catch (const godwit::sdk::failure&) {
  }
}

void look_at(const redis::reply& r) {
  expect_failures_only([&] {
    const redis::slot_map map(r, asked);
    for (const auto slot : {0, 8192, 16383}) map.find(static_cast<std::uint16_t>(slot));
  });
  if (r.is_error()) expect_failures_only([&] { redis::parse_redirection(r.text, asked); });
}

/// The replies, and whether the bytes were refused; the size of the pieces must not matter.
std::pair<std::size_t, bool> count_replies(std::string_view bytes, std::size_t piece) {
  redis::reply_parser parser({std::size_t{1} << 20U, 8});
  std::size_t count = 0;
  try {
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      parser.feed(bytes.substr(at, piece));
      while (const auto r = parser.next()) {
        ++count;
        look_at(*r);
      }
    }
  } catch (const godwit::sdk::failure&) {
    return {count, true};
  }
  return {count, false};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto all = godwit::fuzz::text_of(data, size);
  godwit::fuzz::require(count_replies(all, size + 1) == count_replies(all, 1));
  expect_failures_only([&] { redis::parse_server(all); });
  redis::slot_of(all);
  return 0;
}
