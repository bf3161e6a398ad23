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

TEST_CASE("a key is read from a value, a file or an event") {
  CHECK(*net::load_key_source(table("key_data", "secret")) == "secret");
  CHECK(net::load_key_source("/nonexistent/key").why().text ==
        "cannot open /nonexistent/key: No such file or directory");
  const auto event = table("event_name", "get_key");
  CHECK_FALSE(net::load_key_source(event).ok());
  CHECK(*net::load_key_source(event, [](const std::string& name, const value&) -> result<std::string> {
    return "from " + name;
  }) == "from get_key");
}

TEST_CASE("forms that cannot be served are refused clearly") {
  CHECK(net::load_key_source(table("vault_mount", "m")).why().text.find("no vault client") !=
        std::string::npos);
  CHECK_FALSE(net::load_key_source(5).ok());
  CHECK_FALSE(net::check_key_source(table("key", "x")).ok());
  CHECK(net::check_key_source("path").ok());
  CHECK(net::check_key_source(table("vault_mount", "m")).ok());
}
