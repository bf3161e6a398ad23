#include "mime/header.hpp"

#include <doctest/doctest.h>

using namespace godwit::mime;

namespace {
const std::string_view sample =
    "Received: from a\r\n  by b;\r\n\tnow\r\n"
    "Subject : hello\r\n"
    "X-Empty:\r\n"
    "received: second\r\n"
    "\r\n"
    "Not: a header\r\n";
}

TEST_CASE("fields come in order with their raw value and extent") {
  header_cursor cursor(sample);
  const auto first = cursor.next();
  REQUIRE(first);
  CHECK(first->name == "Received");
  CHECK(first->value == " from a\r\n  by b;\r\n\tnow");
  CHECK(first->begin == 0);
  CHECK(first->end == sample.find("Subject"));
  CHECK(cursor.next()->name == "Subject");
  CHECK(cursor.next()->value.empty());
  CHECK(cursor.next()->value == " second");
  CHECK_FALSE(cursor.next());
  CHECK_FALSE(cursor.next());
}

TEST_CASE("the block ends at the empty line") {
  const auto extent = find_header_end(sample);
  CHECK(sample.substr(extent.fields_end).starts_with("\r\nNot"));
  CHECK(sample.substr(extent.body_begin).starts_with("Not"));
}

TEST_CASE("look-ups ignore case") {
  CHECK(find_first(sample, "SUBJECT")->value == " hello");
  CHECK(find_all(sample, "Received").size() == 2);
  CHECK_FALSE(find_first(sample, "Not"));
}

TEST_CASE("bare LF is tolerated, bare CR is a byte") {
  const std::string_view text = "A: 1\n 2\nB: x\ry\n\nbody";
  CHECK(find_first(text, "a")->value == " 1\n 2");
  CHECK(find_first(text, "b")->value == " x\ry");
  CHECK(text.substr(find_header_end(text).body_begin) == "body");
}

TEST_CASE("odd blocks") {
  CHECK(find_header_end("").body_begin == 0);
  CHECK(find_header_end("\r\nbody").fields_end == 0);
  CHECK(find_header_end("\r\nbody").body_begin == 2);
  CHECK(find_header_end("A: 1").body_begin == 4);
  CHECK(find_first("A: 1", "a")->value == " 1");
  const auto no_colon = header_cursor("From me now\r\nA: 1\r\n").next();
  REQUIRE(no_colon);
  CHECK(no_colon->name.empty());
  CHECK(no_colon->value == "From me now");
  CHECK(header_cursor(" leading: fold\r\n").next()->name.empty());
  CHECK(header_cursor("a b\r\n c: d\r\n").next()->name.empty());  // a colon in a fold makes no name
  CHECK(find_first("A: 1\r\n \r\nB: 2\r\n", "b"));                // a line of white space is a fold
}

TEST_CASE("ranges") {
  int count = 0;
  for (const auto& field : header_fields(sample)) count += !field.name.empty();
  CHECK(count == 4);
}

TEST_CASE("unfold joins lines and keeps inner white space") {
  CHECK(unfold(" a\r\n  b\n\tc \r\n") == "a  b\tc");
  CHECK(unfold("\r\n x") == "x");
  CHECK(unfold("").empty());
}

TEST_CASE("make_field cannot end the block or start another field") {
  CHECK(make_field("X-A", "1") == "X-A: 1\r\n");
  CHECK(make_field("X-A", "1\r\n 2\r\n") == "X-A: 1\r\n 2\r\n");
  CHECK(make_field("X-A", "1\r\nBcc: x") == "X-A: 1\r\n\tBcc: x\r\n");
  CHECK(make_field("X-A", "1\r\n\r\nbody") == "X-A: 1\r\n\tbody\r\n");
  CHECK(make_field("X-A", "1\rB\nC") == "X-A: 1\r\n\tB\r\n\tC\r\n");
  CHECK(make_field("X\r\n: A", "") == "XA: \r\n");
}
