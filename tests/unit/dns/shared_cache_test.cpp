#include "dns/shared_cache.hpp"

#include <doctest/doctest.h>

using namespace std::chrono_literals;
using cache = godwit::dns::shared_cache<int>;
using role = cache::role;

namespace {

const cache::time_point start{};

struct heard {
  std::vector<int> values;
  auto waiter() {
    return [this](const godwit::result<int>& v) { values.push_back(v ? *v : -1); };
  }
};

void put(cache& c, const std::string& key, int v, std::chrono::nanoseconds ttl, cache::time_point now = start) {
  c.settle(key, v, ttl, now);
}

}  // namespace

TEST_CASE("an outcome is found until it expires") {
  cache c("test_expiry", 10);
  CHECK_FALSE(c.find("a", start));
  put(c, "a", 1, 10s);
  CHECK(**c.find("a", start + 9s) == 1);
  CHECK_FALSE(c.find("a", start + 10s));
  CHECK(c.size() == 0);
}

TEST_CASE("concurrent misses share one look-up") {
  cache c("test_sharing", 10);
  heard h;
  CHECK(c.join("a", start, h.waiter()) == role::leads);
  CHECK(c.join("a", start, h.waiter()) == role::waits);
  CHECK(c.join("b", start, h.waiter()) == role::leads);
  put(c, "a", 7, 1s);
  CHECK(h.values == std::vector{7, 7});
  CHECK(c.join("a", start, h.waiter()) == role::answered);
  CHECK(h.values.size() == 3);
}

TEST_CASE("failures are remembered like answers, and not at all with no time to live") {
  cache c("test_failures", 10);
  heard h;
  c.join("a", start, h.waiter());
  c.settle("a", godwit::fail("broken"), 5s, start);
  CHECK(h.values == std::vector{-1});
  CHECK((*c.find("a", start)).why().text == "broken");
  c.settle("b", godwit::fail("broken"), 0s, start);
  CHECK_FALSE(c.find("b", start));
}

TEST_CASE("the least recently used goes first") {
  cache c("test_eviction", 2);
  put(c, "a", 1, 10s);
  put(c, "b", 2, 10s);
  CHECK(c.find("a", start));
  put(c, "c", 3, 10s);
  CHECK(c.size() == 2);
  CHECK(c.find("a", start));
  CHECK_FALSE(c.find("b", start));
  put(c, "a", 4, 10s);
  CHECK(c.size() == 2);
  CHECK(**c.find("a", start) == 4);
}

TEST_CASE("a look from outside is neither counted nor a use") {
  cache c("test_peek", 2);
  put(c, "a", 1, 10s);
  put(c, "b", 2, 20s);
  const auto known = c.peek("a", start + 4s);
  REQUIRE(known);
  CHECK(*known->value == 1);
  CHECK(known->ttl == 6s);
  CHECK_FALSE(c.peek("a", start + 10s));
  CHECK(godwit::metrics::get_counter("lruttl_lookup_count", "", {{"cache_name", "test_peek"}})->read() == 0);
  put(c, "c", 3, 10s);
  CHECK_FALSE(c.peek("a", start));
  CHECK(c.peek("b", start));
}

TEST_CASE("all that has not expired is listed, the last used first") {
  cache c("test_each", 10);
  put(c, "a", 1, 10s);
  put(c, "b", 2, 5s);
  put(c, "c", 3, 20s);
  c.settle("failed", godwit::fail("broken"), 30s, start);
  c.find("a", start);
  std::vector<std::string> seen;
  const auto note = [&](const std::string& key, const godwit::result<int>& outcome, std::chrono::nanoseconds ttl) {
    seen.push_back(fmt::format("{} {} {}", key, outcome ? *outcome : -1, ttl / 1s));
  };
  cache::cursor at(c);
  CHECK_FALSE(c.look(at, 100, start + 6s, note));
  CHECK(seen == std::vector<std::string>{"a 1 4", "failed -1 24", "c 3 14"});
  CHECK(godwit::metrics::get_counter("lruttl_lookup_count", "", {{"cache_name", "test_each"}})->read() == 1);
}

TEST_CASE("a look goes on where it was whatever comes and goes") {
  cache c("test_look", 6);
  for (const auto* key : {"f", "e", "d", "c", "b", "a"}) put(c, key, 1, 10s);
  std::string seen;
  const auto note = [&](const std::string& key, const godwit::result<int>&, std::chrono::nanoseconds) { seen += key; };
  cache::cursor other(c), at(c);
  CHECK(c.look(at, 3, start, note));  // another's place is one of the three
  CHECK(seen == "ab");
  put(c, "new", 1, 10s);  // "f" makes room
  c.find("b", start);     // seen already
  c.find("e", start);     // not yet
  put(c, "d", 1, 0s);     // goes
  CHECK_FALSE(c.look(at, 100, start, note));
  CHECK(seen == "abc");
  CHECK_FALSE(c.look(at, 100, start, note));
  seen.clear();
  CHECK_FALSE(c.look(other, 100, start, note));
  CHECK(seen == "ac");
}

TEST_CASE("room is made while somebody is at the end of a look") {
  cache c("test_look_end", 1);
  put(c, "a", 1, 10s);
  cache::cursor at(c);
  CHECK_FALSE(c.look(at, 100, start, [](auto&&...) {}));
  put(c, "b", 2, 10s);
  CHECK(c.size() == 1);
  CHECK(**c.find("b", start) == 2);
}
