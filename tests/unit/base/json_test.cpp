#include "base/json.hpp"

#include <doctest/doctest.h>

using namespace godwit;

namespace {
std::string why(std::string_view text, bool comments = false) {
  const auto parsed = json::parse(text, comments);
  return parsed ? "" : parsed.why().text;
}
}  // namespace

TEST_CASE("every kind of value reads and writes back") {
  const std::string text =
      R"({"null":null,"t":true,"f":false,"i":-7,"n":0.1,"s":"x\"\\\n","a":[1,[],{}],"o":{"k":"v"}})";
  const auto parsed = json::parse(text);
  REQUIRE(parsed);
  CHECK(json::write(*parsed) == text);
  CHECK(*parsed->find("i")->as_integer() == -7);
  CHECK(parsed->find("o")->is_object());
}

TEST_CASE("numbers keep their type and shortest form") {
  CHECK(json::write(value(1.0)) == "1.0");
  CHECK(json::write(value(1)) == "1");
  CHECK(json::write(value(0.1)) == "0.1");
  CHECK(json::write(value(1e300)) == "1e+300");
  CHECK(json::write(value(1.0 / 0.0)) == "null");
  CHECK(json::parse("1.0")->as_number());
  CHECK(json::parse("9223372036854775807")->as_integer());
  CHECK(json::parse("9223372036854775808")->as_number());
  CHECK(*json::parse(json::write(value(0.1 + 0.2)))->as_number() == 0.1 + 0.2);
}

TEST_CASE("strings are escaped, and what is not UTF-8 is replaced") {
  CHECK(json::write(value(std::string("\x01\t\x7f", 3))) == "\"\\u0001\\t\x7f\"");
  CHECK(json::write(value("gr\xC3\xBC\xC3\x9F")) == "\"gr\xC3\xBC\xC3\x9F\"");
  CHECK(json::write(value("a\xFF"
                          "b")) ==
        "\"a\xEF\xBF\xBD"
        "b\"");
  CHECK(json::write(value(std::string_view("\0", 1))) == "\"\\u0000\"");
  CHECK(*json::parse(R"("\u00fc\ud83d\udc26")")->as_string() == "\xC3\xBC\xF0\x9F\x90\xA6");
}

TEST_CASE("pretty form is indented") {
  CHECK(json::write_pretty(object{{"a", value::array{1, 2}}, {"b", object{}}}) ==
        "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": {}\n}");
}

TEST_CASE("errors name line and column") {
  CHECK(why("{\n  \"a\": 1,\n  b\n}").starts_with("JSON line 3, column 3: "));
  CHECK(why("[1,2").starts_with("JSON line 1, column "));
  CHECK(why("").starts_with("JSON line 1, column 1"));
  CHECK_FALSE(why("1 2").empty());
  CHECK_FALSE(why("\"\xFF\"").empty());
  CHECK_FALSE(why("nul").empty());
}

TEST_CASE("nesting is limited") {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  CHECK(json::parse(nested(512)));
  CHECK(why(nested(513)).find("512 levels") != std::string::npos);
}

TEST_CASE("the last of repeated keys wins, in small objects and large") {
  CHECK(json::write(*json::parse(R"({"a":1,"b":2,"a":3})")) == R"({"a":3,"b":2})");
  std::string large = "{";
  for (int i = 0; i < 100; ++i) large += fmt::format("\"k{}\":{},", i % 50, i);
  large.back() = '}';
  const auto parsed = json::parse(large);
  REQUIRE(parsed);
  CHECK(parsed->as_object()->size() == 50);
  CHECK(*parsed->find("k0")->as_integer() == 50);
  CHECK(*parsed->find("k49")->as_integer() == 99);
}

TEST_CASE("comments count as spaces only when asked for") {
  const std::string text = "# top\n{ // line\n \"a\": \"// no # comment\", /* in\nbetween */ \"b\": 2 }";
  CHECK_FALSE(json::parse(text));
  const auto parsed = json::parse(text, true);
  REQUIRE(parsed);
  CHECK(*parsed->find("a")->as_string() == "// no # comment");
  CHECK(why("{\n/* x */ b }", true).starts_with("JSON line 2, column 9"));
  CHECK(json::parse("1 /* open", true));
  CHECK(json::parse(R"(["\"#", 1] # end)", true));
}
