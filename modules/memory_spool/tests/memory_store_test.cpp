#include "memory_store.hpp"

#include <doctest/doctest.h>

#include <godwit/testing/fake_host.hpp>

using namespace godwit::sdk;
using memory_spool::memory_store;
using memory_spool::place_directory;

namespace {

spool_operation put(std::uint8_t key, std::string_view head, std::string_view tail = {}) {
  spool_operation op;
  op.is_put = true;
  op.key.fill(key);
  op.head = head;
  op.tail = tail;
  return op;
}

spool_operation erase(std::uint8_t key) {
  spool_operation op;
  op.key.fill(key);
  return op;
}

std::string text_of(memory_store& s, std::uint8_t key) {
  std::string found = "absent";
  spool_key k;
  k.fill(key);
  s.load(spool_table::data, k, [&](std::string_view bytes) { found = bytes; });
  return found;
}

}  // namespace

TEST_CASE("records are there until they are erased, also for the next store of that path") {
  place_directory places(0);
  {
    memory_store s(places, "/d", "/m");
    s.commit({put(1, "head ", "tail"), put(2, "two")}, true);
    s.commit({put(1, "new"), erase(2)}, false);
    CHECK(text_of(s, 1) == "new");
    CHECK(text_of(s, 2) == "absent");
  }
  memory_store again(places, "/d", "/m");
  CHECK(text_of(again, 1) == "new");
  std::size_t bodies = 0;
  again.each_loose_body([&](const spool_key&, std::string_view) { return ++bodies > 0; });
  CHECK(bodies == 1);
}

TEST_CASE("a path belongs to one store at a time") {
  place_directory places(0);
  memory_store s(places, "/d", "/m");
  CHECK_THROWS_AS(memory_store(places, "/other", "/m"), failure);
  memory_store(places, "/other", std::nullopt);  // what the failed one had taken is free again
}

TEST_CASE("a full store refuses, and takes again once there is room") {
  place_directory places(1000);
  memory_store s(places, "/d", "/m");
  const std::string half(500, 'x');
  s.commit({put(1, half)}, true);
  CHECK_THROWS_AS(s.commit({put(2, half)}, true), failure);
  CHECK(text_of(s, 2) == "absent");
  s.commit({erase(1)}, true);
  s.probe();
  s.commit({put(2, half)}, true);
  CHECK(text_of(s, 2) == half);
}

TEST_CASE("in a full store records may change and go") {
  place_directory places(1000);
  memory_store s(places, "/d", "/m");
  s.commit({put(1, std::string(600, 'x'))}, true);
  s.commit({put(1, std::string(900, 'y'))}, true);
  CHECK(text_of(s, 1) == std::string(900, 'y'));
  CHECK_THROWS_AS(s.commit({put(2, "new")}, true), failure);
  s.probe();  // writing works: what is refused is more
  s.commit({put(2, std::string(700, 'z')), erase(1)}, true);
  CHECK(text_of(s, 1) == "absent");
  CHECK(text_of(s, 2) == std::string(700, 'z'));
}

TEST_CASE("what a refused group erases is gone, and what it puts is not there") {
  place_directory places(1000);
  memory_store s(places, "/d", "/m");
  s.commit({put(1, "one")}, true);
  CHECK_THROWS_AS(s.commit({erase(1), put(2, std::string(2000, 'x'))}, true), failure);
  CHECK(text_of(s, 1) == "absent");
  CHECK(text_of(s, 2) == "absent");
}

TEST_CASE("a group is applied in its order") {
  place_directory places(0);
  memory_store s(places, "/d", "/m");
  s.commit({put(1, "gone"), erase(1), erase(2), put(2, "there")}, true);
  CHECK(text_of(s, 1) == "absent");
  CHECK(text_of(s, 2) == "there");
}
