#include "base/uuid.hpp"

#include <doctest/doctest.h>

#include <mutex>
#include <set>
#include <thread>
#include <vector>

using namespace godwit;

TEST_CASE("a version 1 id carries its creation time to 100 ns") {
  const auto before = std::chrono::system_clock::now();
  const uuid id = uuid::make_v1();
  const auto after = std::chrono::system_clock::now();
  CHECK((id.bytes[6] >> 4) == 1);
  CHECK((id.bytes[8] >> 6) == 2);
  CHECK(id.created() >= before - std::chrono::nanoseconds(100));
  CHECK(id.created() <= after + std::chrono::microseconds(100));
}

TEST_CASE("created() of a known id") {
  // RFC 4122 namespace id: 1998-02-04T22:13:53.1511824Z.
  const auto id = uuid::parse("6ba7b810-9dad-11d1-80b4-00c04fd430c8");
  REQUIRE(id);
  const auto ns = std::chrono::duration_cast<std::chrono::nanoseconds>(id->created().time_since_epoch());
  CHECK(ns.count() == 886630433151182400);
}

TEST_CASE("ids are unique across threads") {
  constexpr int per_thread = 20'000;
  std::set<uuid> seen;
  std::mutex guard;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      std::vector<uuid> mine;
      for (int i = 0; i < per_thread; ++i) mine.push_back(uuid::make_v1());
      const std::lock_guard lock(guard);
      seen.insert(mine.begin(), mine.end());
    });
  for (auto& t : threads) t.join();
  CHECK(seen.size() == 4 * per_thread);
}

TEST_CASE("text forms") {
  const std::string simple = "6ba7b8109dad11d180b400c04fd430c8";
  const std::string hyphenated = "6ba7b810-9dad-11d1-80b4-00c04fd430c8";
  const auto id = uuid::parse(simple);
  REQUIRE(id);
  CHECK(id->simple() == simple);
  CHECK(id->hyphenated() == hyphenated);
  CHECK(uuid::parse("{" + hyphenated + "}") == id);
  CHECK(uuid::parse("urn:uuid:" + hyphenated) == id);
  CHECK(uuid::parse("6BA7B8109DAD11D180B400C04FD430C8") == id);
}

TEST_CASE("what is no id is refused") {
  for (const char* text :
       {"", "6ba7", "6ba7b8109dad11d180b400c04fd430cg", "6ba7b810-9dad11d1-80b4-00c04fd430c8-",
        "6ba7b810_9dad_11d1_80b4_00c04fd430c8", "{6ba7b8109dad11d180b400c04fd430c8"})
    CHECK_FALSE(uuid::parse(text));
}

TEST_CASE("nil and version 4") {
  CHECK(uuid{}.is_nil());
  const uuid id = uuid::make_v4();
  CHECK_FALSE(id.is_nil());
  CHECK((id.bytes[6] >> 4) == 4);
  CHECK((id.bytes[8] >> 6) == 2);
  CHECK(id != uuid::make_v4());
}

TEST_CASE("hashes of consecutive ids spread over the low bits") {
  std::set<std::size_t> buckets;
  for (int i = 0; i < 1000; ++i) buckets.insert(std::hash<uuid>()(uuid::make_v1()) % 1024);
  CHECK(buckets.size() > 500);  // 637 expected of a random function
}
