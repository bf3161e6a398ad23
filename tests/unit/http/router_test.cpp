#include "http/router.hpp"

#include <doctest/doctest.h>

using namespace godwit;
using namespace godwit::http;

namespace {

route make(std::string method, std::string path, std::string owner = "core") {
  route r;
  r.method = std::move(method);
  r.path = std::move(path);
  r.owner = std::move(owner);
  r.handler = [](request_ref) -> rt::task<response> { co_return response::text(200, "ok"); };
  return r;
}

}  // namespace

TEST_CASE("exact paths win over longer and shorter patterns") {
  router all;
  for (const char* path : {"/a/*", "/a/b/*", "/a/b/c"}) REQUIRE(all.add(make("GET", path)).ok());
  CHECK(all.find("GET", "/a/b/c").found->path == "/a/b/c");
  CHECK(all.find("GET", "/a/b/d").found->path == "/a/b/*");
  CHECK(all.find("GET", "/a/x").found->path == "/a/*");
  CHECK(all.find("HEAD", "/a/x").found->path == "/a/*");
  CHECK_FALSE(all.find("GET", "/a").found);
  CHECK(all.find("GET", "/ab").methods.empty());
}

TEST_CASE("another method is known by the path") {
  router all;
  REQUIRE(all.add(make("GET", "/x")).ok());
  REQUIRE(all.add(make("POST", "/x")).ok());
  const auto m = all.find("DELETE", "/x");
  CHECK_FALSE(m.found);
  CHECK(m.methods == std::vector<std::string>{"GET", "POST"});
}

TEST_CASE("the routes of an owner are exchanged as a whole, or not at all") {
  router all;
  REQUIRE(all.add(make("GET", "/core")).ok());
  for (const char* path : {"/a", "/b"}) REQUIRE(all.add(make("GET", path, "probe")).ok());
  CHECK_FALSE(all.replace_owner("probe", {make("GET", "/c", "probe"), make("GET", "/core", "probe")}).ok());
  CHECK(all.find("GET", "/a").found);
  CHECK_FALSE(all.find("GET", "/c").found);
  const auto also = [] { return result<void>(fail("the other name is taken")); };
  CHECK(all.replace_owner("probe", {make("GET", "/c", "probe")}, also).why().text == "the other name is taken");
  CHECK_FALSE(all.find("GET", "/c").found);
  const auto former = all.find("GET", "/a").found;
  REQUIRE(all.replace_owner("probe", {make("GET", "/a", "probe"), make("GET", "/c", "probe")}).ok());
  CHECK(all.find("GET", "/a").found != former);
  CHECK_FALSE(all.find("GET", "/b").found);
  CHECK(all.find("GET", "/c").found);
  CHECK(all.find("GET", "/core").found);
}

TEST_CASE("what is refused, and what goes with its owner") {
  router all;
  REQUIRE(all.add(make("GET", "/x", "probe")).ok());
  CHECK(all.add(make("GET", "/x")).why().text == "HTTP route GET /x of core exists already, from probe");
  CHECK_FALSE(all.add(make("GET", "x")).ok());
  CHECK_FALSE(all.add(make("", "/y")).ok());
  const auto held = all.find("GET", "/x").found;
  all.remove_owner("probe");
  CHECK_FALSE(all.find("GET", "/x").found);
  CHECK(held->owner == "probe");
  CHECK(all.add(make("GET", "/x")).ok());
}
