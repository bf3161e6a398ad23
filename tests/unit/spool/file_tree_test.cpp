#include "spool/file_tree.hpp"

#include <sys/resource.h>

#include "fixture.hpp"

namespace godwit::spool {

TEST_CASE("names and keys") {
  const auto key = uuid::parse("0123456789abcdef0123456789abcdef");
  CHECK(file_tree::name_of(*key) == "01/23/45/67/89abcdef0123456789abcdef");
  CHECK(file_tree::key_of("01/23/45/67/89abcdef0123456789abcdef") == key);
  CHECK_FALSE(file_tree::key_of("01/23/45/67/89abcdef0123456789abcdeX"));
  CHECK_FALSE(file_tree::key_of("01/23/45/6789abcdef0123456789abcdef0"));
  CHECK_FALSE(file_tree::key_of(""));
}

TEST_CASE("stage, publish, load, erase") {
  test::directory d;
  auto tree = file_tree::open(d.path().string());
  REQUIRE(tree.ok());
  const auto key = uuid::make_v1();
  REQUIRE(tree->stage(key, "head ", "tail").ok());
  CHECK_FALSE(*tree->contains(key));
  REQUIRE(tree->publish(key).ok());
  CHECK(*tree->contains(key));
  auto bytes = tree->load(key);
  REQUIRE((bytes.ok() && *bytes));
  CHECK(**bytes == "head tail");
  REQUIRE(tree->erase(key).ok());
  REQUIRE(tree->erase(key).ok());
  CHECK(std::filesystem::is_empty(d.path() / "data"));
  bytes = tree->load(key);
  REQUIRE(bytes.ok());
  CHECK_FALSE(*bytes);
}

TEST_CASE("an empty record and a discarded one") {
  test::directory d;
  auto tree = file_tree::open(d.path().string());
  REQUIRE(tree.ok());
  const auto empty = uuid::make_v1(), discarded = uuid::make_v1();
  REQUIRE(tree->stage(empty, "", "").ok());
  REQUIRE(tree->publish(empty).ok());
  auto bytes = tree->load(empty);
  REQUIRE((bytes.ok() && *bytes));
  CHECK((*bytes)->empty());
  REQUIRE(tree->stage(discarded, "x", "").ok());
  tree->discard(discarded);
  CHECK(std::filesystem::is_empty(d.path() / "new"));
  CHECK(tree->probe().ok());
  CHECK(std::filesystem::is_empty(d.path() / "new"));
}

TEST_CASE("a directory that cannot be listed is told, and the others are visited") {
  test::directory d;
  auto tree = file_tree::open(d.path().string());
  REQUIRE(tree.ok());
  const auto key = uuid::make_v1();
  REQUIRE(tree->stage(key, "x", "").ok());
  REQUIRE(tree->publish(key).ok());
  std::size_t visited = 0;
  const auto count = [&](const uuid&) { return ++visited > 0; };
  CHECK(tree->walk(count).ok());
  CHECK(visited == 1);
  rlimit files{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &files) == 0);
  auto none = files;
  none.rlim_cur = 3;  // no descriptor is left
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
  const auto outcome = tree->walk(count);
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &files) == 0);
  CHECK_FALSE(outcome.ok());
  CHECK(outcome.why().text.find("cannot list data") != std::string::npos);
}

}  // namespace godwit::spool
