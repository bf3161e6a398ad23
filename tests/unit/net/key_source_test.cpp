#include "net/key_source.hpp"

#include <doctest/doctest.h>

using namespace godwit;

namespace {
value table(std::string_view key, value member) {
  object o;
  o.set(key, std::move(member));
  return o;
}
}  // namespace

TEST_CASE("a key is read from a value or a file") {
  CHECK(*net::load_key_source(table("key_data", "secret")) == "secret");
  CHECK(net::load_key_source("/nonexistent/key").why().text ==
        "cannot open /nonexistent/key: No such file or directory");
}

TEST_CASE("forms that cannot be served are refused where they are configured") {
  CHECK(net::check_key_source(table("vault_mount", "m")).why().text ==
        "this server has no vault client; use a file name or key_data");
  CHECK(net::check_key_source(table("event_name", "get_key")).why().text ==
        "keys from events are not served; use a file name or key_data");
  CHECK_FALSE(net::load_key_source(table("event_name", "get_key")).ok());
  CHECK_FALSE(net::load_key_source(5).ok());
  CHECK_FALSE(net::check_key_source(table("key", "x")).ok());
  CHECK(net::check_key_source("path").ok());
}
