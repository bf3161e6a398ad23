#include "mime/encoded_word.hpp"

#include <doctest/doctest.h>

#include "base/text.hpp"
#include "mime/header.hpp"

using namespace godwit;
using namespace godwit::mime;

TEST_CASE("words decode to UTF-8") {
  CHECK(decode_words("=?utf-8?Q?gr=C3=BC=C3=9Fe_an?= alle") ==
        "gr\xC3\xBC\xC3\x9F"
        "e an alle");
  CHECK(decode_words("=?UTF-8?b?Z3LDvMOfZQ==?=") ==
        "gr\xC3\xBC\xC3\x9F"
        "e");
  CHECK(decode_words("a =?ISO-8859-1?q?=FC?= b") == "a \xC3\xBC b");
  CHECK(decode_words("=?iso-8859-1*de?q?=FC?=") == "\xC3\xBC");
  CHECK(decode_words("=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=") == "\xE6\x97\xA5\xE6\x9C\xAC");
}

TEST_CASE("white space between words is not shown") {
  CHECK(decode_words("=?utf-8?q?a?= =?utf-8?q?b?=") == "ab");
  CHECK(decode_words("=?utf-8?q?a?= x =?utf-8?q?b?=") == "a x b");
  CHECK(decode_value(" =?utf-8?q?a?=\r\n =?utf-8?q?b?=\r\n") == "ab");
}

TEST_CASE("what cannot be decoded stays") {
  for (const char* text : {"=?", "=?utf-8?", "=?utf-8?q?", "=?utf-8?q?a", "=?utf-8?x?a?=", "=?no-such?q?a?=",
                           "=?utf-8?b?a?=", "=?utf-8?q?=4?=", "=?utf-8?q?=FC?=", "=?utf-8?q?a b?=",
                           "=?utf-8//TRANSLIT?q?a?=", "=??q?a?=", "1 =? 2 ?= 3", "plain"})
    CHECK(decode_words(text) == text);
}

TEST_CASE("encoding goes there and back, within lines of 76") {
  const std::string long_text =
      "caf\xC3\xA9 " + std::string(200, 'x') + " \xF0\x9F\x90\xA6\xF0\x9F\x90\xA6 end";
  for (const std::string& text : {std::string("plain"), std::string(),
                                  std::string("gr\xC3\xBC\xC3\x9F"
                                              "e"),
                                  long_text, std::string("a =?b?= c"), std::string("tab\there")}) {
    const std::string coded = encode_value(text, 9);
    CHECK(is_ascii(coded));
    CHECK(decode_value(coded) == text);
    for (const auto line : split(coded, '\n')) CHECK(line.size() <= 77);
  }
  CHECK(encode_value("plain text", 9) == "plain text");
}

TEST_CASE("plain text folds at white space") {
  std::string text;
  for (int i = 0; i < 40; ++i) text += (i ? " word" : "word");
  const std::string coded = encode_value(text, 9);
  CHECK(unfold(coded) == text);
  CHECK(split(coded, '\n').size() == 3);
}
