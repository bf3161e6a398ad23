#include "spool/free_space.hpp"

#include <doctest/doctest.h>

namespace godwit::spool {

TEST_CASE("thresholds") {
  CHECK(is_below({.is_percent = true, .amount = 10}, 9, 100));
  CHECK_FALSE(is_below({.is_percent = true, .amount = 10}, 10, 100));
  CHECK(is_below({.is_percent = false, .amount = 1000}, 999, 5000));
  CHECK_FALSE(is_below({.is_percent = false, .amount = 1000}, 1000, 5000));
  CHECK_FALSE(is_below({.is_percent = true, .amount = 10}, 0, 0));  // not counted by the file system
}

TEST_CASE("room needs space and inodes") {
  const free_space place("data spool", "/", {.is_percent = true, .amount = 10}, {.is_percent = false, .amount = 50});
  disk_usage u{.free_bytes = 20, .total_bytes = 100, .free_inodes = 60, .total_inodes = 100};
  CHECK(place.has_room(u));
  u.free_inodes = 49;
  CHECK_FALSE(place.has_room(u));
  u = {.free_bytes = 9, .total_bytes = 100, .free_inodes = 60, .total_inodes = 100};
  CHECK_FALSE(place.has_room(u));
}

TEST_CASE("a real directory is looked at") {
  free_space place("data spool", "/", {.is_percent = false, .amount = 0}, {.is_percent = false, .amount = 0});
  CHECK(place.check());
  free_space full("full", "/", {.is_percent = false, .amount = ~std::uint64_t{0}}, {});
  CHECK_FALSE(full.check());
}

}  // namespace godwit::spool
