#include "control/command_line.hpp"

#include <doctest/doctest.h>

using namespace godwit::control;

namespace {

std::vector<std::string> words(std::string_view line) {
  auto split = split_line(line);
  REQUIRE_MESSAGE(split.ok(), line);
  std::vector<std::string> texts;
  for (const auto& w : *split) texts.push_back(w.text);
  return texts;
}

using texts = std::vector<std::string>;

}  // namespace

TEST_CASE("white space separates words") {
  CHECK(words("  fail domain\texample.com \r\n") == texts{"fail", "domain", "example.com"});
  CHECK(words("") == texts{});
  CHECK(words("   ") == texts{});
}

TEST_CASE("quotes hold words together") {
  CHECK(words(R"(a 'b "c' "d 'e")") == texts{"a", "b \"c", "d 'e"});
  CHECK(words(R"(x"y z"w)") == texts{"xy zw"});
  CHECK(words(R"("" '')") == texts{"", ""});
  CHECK(words(R"("a\"b\\c\n\t\d")") == texts{"a\"b\\c\n\td"});
  CHECK(words(R"('a\b')") == texts{"a\\b"});
  CHECK(words(R"(a\ b \"c)") == texts{"a b", "\"c"});
}

TEST_CASE("what is open is an error that says so") {
  CHECK(split_line("a 'b").why().text == "a quote (') is open at the end of the line");
  CHECK(split_line("a \"b").why().text == "a quote (\") is open at the end of the line");
  CHECK(split_line("a\\").why().text == "the line ends in a backslash: write \\\\ for the character itself");
  CHECK(split_partial("a 'b c").back().text == "b c");
  CHECK(split_partial("a \"").back().text == "");
}

TEST_CASE("a word knows where it begins and whether it was quoted") {
  const auto split = split_line("ab  \"--c\"");
  CHECK((*split)[0].begin == 0);
  CHECK((*split)[1].begin == 4);
  CHECK_FALSE((*split)[0].is_quoted);
  CHECK((*split)[1].is_quoted);
}

TEST_CASE("quote_word reads back") {
  for (const std::string text : {"plain", "", "two words", "a\"b", "a\\b", "a'b", "line\nend\ttab"}) {
    CHECK(words(quote_word(text)) == texts{text});
  }
  CHECK(quote_word("plain") == "plain");
}
