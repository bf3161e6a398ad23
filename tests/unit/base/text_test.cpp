#include "base/text.hpp"

#include <doctest/doctest.h>

using namespace godwit;

TEST_CASE("case folding touches ASCII only") {
  CHECK(to_lower("ÄbC") == "Äbc");
  CHECK(iequals("Content-TYPE", "content-type"));
  CHECK_FALSE(iequals("a", "ab"));
  CHECK(istarts_with("X-Header", "x-"));
  CHECK_FALSE(istarts_with("X", "x-"));
}

TEST_CASE("trim and split") {
  CHECK(trim(" \t a b \r\n") == "a b");
  CHECK(trim("  ").empty());
  CHECK(split("a,,b", ',') == std::vector<std::string_view>{"a", "", "b"});
  CHECK(split("", ',') == std::vector<std::string_view>{""});
}

TEST_CASE("UTF-8 is accepted only in its shortest, assigned form") {
  CHECK(is_valid_utf8("plain ascii that is longer than eight bytes"));
  CHECK(is_valid_utf8("gr\xC3\xBC\xC3\x9F, \xE2\x82\xAC, \xF0\x9F\x90\xA6"));
  CHECK_FALSE(is_valid_utf8("\xC0\xAF"));          // overlong
  CHECK_FALSE(is_valid_utf8("\xE0\x80\xAF"));      // overlong
  CHECK_FALSE(is_valid_utf8("\xED\xA0\x80"));      // surrogate
  CHECK_FALSE(is_valid_utf8("\xF4\x90\x80\x80"));  // above U+10FFFF
  CHECK_FALSE(is_valid_utf8("12345678\x80"));
  CHECK_FALSE(is_valid_utf8("cut \xE2\x82"));
  CHECK(utf8_sequence_length("\xE2\x82\xACx") == 3);
  CHECK(utf8_sequence_length("\xFF") == 0);
}

TEST_CASE("is_ascii sees a high byte anywhere") {
  CHECK(is_ascii(""));
  CHECK(is_ascii(std::string(100, 'a')));
  for (std::size_t at : {0, 7, 8, 19}) {
    std::string text(20, 'a');
    text[at] = '\x80';
    CHECK_FALSE(is_ascii(text));
  }
}

TEST_CASE("nearest suggests what is a slip away") {
  const std::vector<std::string> known{"retry_interval", "max_age", "max_retry_interval"};
  CHECK(nearest("retry_intervall", known) == "retry_interval");
  CHECK(nearest("mxa_age", known) == "max_age");
  CHECK(nearest("MAX_AGE", known) == "max_age");
  CHECK(nearest("banner", known).empty());
  CHECK(nearest("", known).empty());
  CHECK(nearest(std::string(1 << 24, 'x'), known).empty());  // soon, too
}

TEST_CASE("one_line keeps a value on its line") { CHECK(one_line("a\r\nb\n") == "a\\r\\nb\\n"); }
