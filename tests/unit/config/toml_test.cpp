#include "config/toml.hpp"

#include <doctest/doctest.h>

using namespace godwit;

TEST_CASE("a document remembers where its keys stood") {
  const auto document = config::parse_toml_document("policy = 'p.lua'\n\n[listener.smtp]\nbanner = 'x'\nlisten = ['a', 'b']\n",
                                                    "godwit.toml");
  REQUIRE(document.ok());
  CHECK(*document->root.find("policy")->as_string() == "p.lua");
  CHECK(document->where("listener.smtp.banner") == "godwit.toml:4");
  CHECK(document->where("listener.smtp.listen[2]") == "godwit.toml:5");
  CHECK(document->where("listener.smtp.nowhere") == "godwit.toml:3");
}

TEST_CASE("a syntax error names file, line and column") {
  const auto document = config::parse_toml_document("a = 1\nb = = 2\n", "bad.toml");
  REQUIRE_FALSE(document.ok());
  CHECK(document.why().text.find("bad.toml:2:") == 0);
}

TEST_CASE("what was written is read again") {
  const value table = object{{"a", 1}, {"b", value::array{"x", "y"}}, {"c", object{{"d", true}}}};
  const auto again = config::parse_toml(config::write_toml(table, true), "again");
  REQUIRE(again.ok());
  CHECK(*again == table);
}
