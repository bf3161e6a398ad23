#include "base/value.hpp"

#include <doctest/doctest.h>

using godwit::object;
using godwit::value;

TEST_CASE("an object keeps insertion order and replaces in place") {
  object o{{"b", 1}, {"a", "x"}};
  o.set("b", 2);
  o.set("c", nullptr);
  REQUIRE(o.size() == 3);
  CHECK(o.begin()->first == "b");
  CHECK(*o.find("b")->as_integer() == 2);
  CHECK(o.find("c")->is_null());
  CHECK(o.find("d") == nullptr);
}

TEST_CASE("erase tells whether the member was there") {
  object o{{"a", 1}, {"b", 2}};
  CHECK(o.erase("a"));
  CHECK_FALSE(o.erase("a"));
  CHECK(o.size() == 1);
}

TEST_CASE("objects are equal regardless of order, arrays are not") {
  CHECK(object{{"a", 1}, {"b", 2}} == object{{"b", 2}, {"a", 1}});
  CHECK_FALSE(object{{"a", 1}} == object{{"a", 2}});
  CHECK_FALSE(object{{"a", 1}} == object{{"b", 1}});
  CHECK_FALSE(value(value::array{1, 2}) == value(value::array{2, 1}));
}

TEST_CASE("numbers convert, other types do not") {
  double n = 0;
  CHECK(value(3).to_number(n));
  CHECK(n == 3.0);
  CHECK(value(0.5).to_number(n));
  CHECK(n == 0.5);
  CHECK_FALSE(value("3").to_number(n));
}

TEST_CASE("type names are those of error texts") {
  CHECK(value().type_name() == "nil");
  CHECK(value(true).type_name() == "boolean");
  CHECK(value(1).type_name() == "integer");
  CHECK(value(1.5).type_name() == "number");
  CHECK(value("x").type_name() == "string");
  CHECK(value(value::array{}).type_name() == "array");
  CHECK(value(object{}).type_name() == "table");
}

TEST_CASE("find looks into objects only") {
  CHECK(*value(object{{"k", "v"}}).find("k")->as_string() == "v");
  CHECK(value("k").find("k") == nullptr);
}
