#include "http/content_coding.hpp"

#include <doctest/doctest.h>

using namespace godwit;
using namespace godwit::http;

TEST_CASE("there and back") {
  const std::string text(100000, 'x');
  for (const auto c : {coding::gzip, coding::deflate}) {
    const auto small = compress(c, text);
    CHECK(small.size() < 2000);
    CHECK(std::get<std::string>(decompress(c, small, text.size())) == text);
    CHECK(std::holds_alternative<too_large>(decompress(c, small, text.size() - 1)));
    CHECK(std::holds_alternative<error>(decompress(c, small.substr(0, small.size() / 2), text.size())));
  }
  CHECK(std::get<std::string>(decompress(coding::gzip, compress(coding::gzip, ""), 10)).empty());
}

TEST_CASE("deflate without its frame") {
  const auto framed = compress(coding::deflate, "hello");
  CHECK(std::get<std::string>(decompress(coding::deflate, framed.substr(2, framed.size() - 6), 10)) == "hello");
}

TEST_CASE("what a client accepts") {
  CHECK(choose_coding("") == coding::identity);
  CHECK(choose_coding("gzip, deflate, br") == coding::gzip);
  CHECK(choose_coding("deflate, gzip") == coding::gzip);
  CHECK(choose_coding("gzip;q=0.5, deflate") == coding::deflate);
  CHECK(choose_coding("gzip;q=0") == coding::identity);
  CHECK(choose_coding("gzip; q=2") == coding::identity);
  CHECK(choose_coding("*") == coding::gzip);
  CHECK(choose_coding("br, identity") == coding::identity);
}

TEST_CASE("what a body says it is") {
  CHECK(*parse_content_coding("x-gzip") == coding::gzip);
  CHECK(*parse_content_coding(" identity ") == coding::identity);
  CHECK_FALSE(parse_content_coding("br").ok());
}
