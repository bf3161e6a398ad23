#include "smtp/data_reader.hpp"

#include <doctest/doctest.h>

using namespace godwit;
using namespace godwit::smtp;

namespace {

struct outcome {
  bool done = false;
  body_fault fault = body_fault::none;
  std::string content;
  std::string rest;
  bool is_8bit = false, needs_stuffing = false;

  bool operator==(const outcome&) const = default;
};

outcome read(std::string_view input, std::size_t step, body_limits limits) {
  data_reader reader(limits);
  outcome o;
  std::size_t at = 0;
  while (at < input.size() && !reader.is_done()) at += reader.feed(input.substr(at, step));
  o.done = reader.is_done();
  o.fault = reader.body().fault();
  o.rest = input.substr(at);
  const auto body = reader.body().finish();
  o.content = body->bytes;
  o.is_8bit = body->is_8bit;
  o.needs_stuffing = body->needs_stuffing;
  return o;
}

/// The same for every way to split the input.
outcome read(std::string_view input, body_limits limits = {}) {
  const auto whole = read(input, input.size(), limits);
  for (std::size_t step = 1; step < input.size(); ++step) {
    CAPTURE(step);
    CHECK(read(input, step, limits) == whole);
  }
  return whole;
}

body_limits with(line_endings e) {
  body_limits l;
  l.endings = e;
  return l;
}

}  // namespace

TEST_CASE("content ends at CRLF.CRLF and stuffed dots go") {
  const auto o = read("Subject: x\r\n\r\n..\r\n.a\r\n...b\r\n\r\n.\r\nQUIT\r\n");
  CHECK(o.done);
  CHECK(o.fault == body_fault::none);
  CHECK(o.content == "Subject: x\r\n\r\n.\r\na\r\n..b\r\n\r\n");
  CHECK(o.rest == "QUIT\r\n");
  CHECK(o.needs_stuffing);
  CHECK_FALSE(o.is_8bit);
}

TEST_CASE("empty content") {
  const auto o = read(".\r\n");
  CHECK(o.done);
  CHECK(o.content.empty());
}

TEST_CASE("properties of the content are found while reading") {
  CHECK(read("a.b\r\n.\r\n").needs_stuffing == false);
  CHECK(read("\xc3\xa4\r\n.\r\n").is_8bit);
  CHECK(read("0123456789\xff\r\n.\r\n").is_8bit);
}

TEST_CASE("smuggling: nothing but CRLF.CRLF ends DATA, and the attempt is refused") {
  using namespace std::string_view_literals;
  // What follows each of these would be a second message for a server that takes it for the end.
  for (const auto fake : {
           "\n.\n"sv,         "\n.\r\n"sv,     "\n.\r"sv,           "\r.\r\n"sv,
           "\r.\n"sv,         "\r.\r"sv,       "\r\n.\n"sv,         "\r\n.\r"sv,
           "\r\n\0.\r\n"sv,   "\r\n.\0\r\n"sv, "\r\n\0\0.\0\r\n"sv, "\r\n.\r\r\n"sv,
           "\r\r\n.\r\r\n"sv, "\n\n.\n"sv,     "\r\n.\n\r\n"sv,     "\r\n.\r\n\0"sv.substr(0, 4),
           "\n.\n\r\n"sv,     "\r.\r\n\r"sv,   "\r\n.\n\n"sv,
       }) {
    std::string shown;
    for (const char c : fake) shown += fmt::format("{:02x} ", static_cast<unsigned char>(c));
    CAPTURE(shown);
    const auto input = "Subject: x\r\n\r\nbody" + std::string(fake) + "MAIL FROM:<evil@x>\r\n.\r\n";
    for (const auto endings : {line_endings::deny, line_endings::allow, line_endings::fix}) {
      const auto o = read(input, with(endings));
      CHECK(o.done);
      CHECK(o.rest.empty());
      if (endings == line_endings::deny) {
        CHECK(o.fault == body_fault::bad_line_endings);
        CHECK(o.content.empty());
      } else {
        CHECK(o.fault == body_fault::none);
        CHECK(o.content.find("MAIL FROM") != std::string::npos);
      }
    }
  }
}

TEST_CASE("what is kept or fixed leaves stuffed: a dot after any line end is seen") {
  CHECK(read("a\n.\nb\r\n.\r\n", with(line_endings::allow)).needs_stuffing);
  CHECK(read("a\r.\rb\r\n.\r\n", with(line_endings::allow)).needs_stuffing);
  const auto fixed = read("a\n.\nb\rc\r\n.\r\n", with(line_endings::fix));
  CHECK(fixed.content == "a\r\n.\r\nb\r\nc\r\n");
  CHECK(fixed.needs_stuffing);
}

TEST_CASE("bare line ends are kept as they are when allowed") {
  CHECK(read("a\nb\rc\r\r\n.\r\n", with(line_endings::allow)).content == "a\nb\rc\r\r\n");
  CHECK(read("a\nb\r\n.\r\n").fault == body_fault::bad_line_endings);
  CHECK(read("a\rb\r\n.\r\n").fault == body_fault::bad_line_endings);
}

TEST_CASE("NUL is no line end and, by itself, no fault") {
  using namespace std::string_literals;
  const auto o = read("a\0b\r\n\0\r\n\0..\r\n.\r\n"s);
  CHECK(o.fault == body_fault::none);
  CHECK(o.content == "a\0b\r\n\0\r\n\0..\r\n"s);
}

TEST_CASE("line length and size have exact limits") {
  body_limits l;
  l.max_line = 5;
  CHECK(read("12345\r\n.\r\n", l).fault == body_fault::none);
  CHECK(read("123456\r\n.\r\n", l).fault == body_fault::line_too_long);
  CHECK(read(".12345\r\n.\r\n", l).fault == body_fault::none);
  l = {};
  l.max_size = 7;
  CHECK(read("12345\r\n.\r\n", l).fault == body_fault::none);
  CHECK(read("123456\r\n.\r\n", l).fault == body_fault::too_big);
  CHECK(read("12345\r\nx\r\n.\r\n", l).fault == body_fault::too_big);
}

TEST_CASE("after a fault it reads on to the true end and counts") {
  body_limits l;
  l.max_size = 10;
  data_reader reader(l);
  const std::string line(98, 'x');
  for (int i = 0; i < 100; ++i) reader.feed(line + "\r\n");
  CHECK(reader.body().fault() == body_fault::too_big);
  CHECK(reader.body().size() == 0);
  CHECK(reader.body().drained() == 10000);
  reader.feed(".\r\n");
  CHECK(reader.is_done());
}

TEST_CASE("BDAT takes counted chunks as they are, dots included") {
  bdat_reader reader({});
  reader.begin_chunk(6);
  CHECK(reader.feed("a\r\n.\r\nBDAT") == 6);
  CHECK(reader.is_chunk_done());
  reader.begin_chunk(2);
  CHECK(reader.feed("\r") == 1);
  CHECK_FALSE(reader.is_chunk_done());
  CHECK(reader.feed("\nQUIT") == 1);
  reader.begin_chunk(0);
  CHECK(reader.is_chunk_done());
  const auto body = reader.body().finish();
  CHECK(body->bytes == "a\r\n.\r\n\r\n");
  CHECK(body->needs_stuffing);
  CHECK(reader.body().fault() == body_fault::none);
}

TEST_CASE("BDAT obeys the line end policy; a last line without end gets one") {
  bdat_reader strict({});
  strict.begin_chunk(3);
  strict.feed("a\nb");
  CHECK(strict.body().fault() == body_fault::bad_line_endings);
  bdat_reader open_end({});
  open_end.begin_chunk(1);
  open_end.feed("a");
  CHECK(open_end.body().finish()->bytes == "a\r\n");
  bdat_reader split_cr({});
  split_cr.begin_chunk(2);
  split_cr.feed("a\r");
  split_cr.body().finish();
  CHECK(split_cr.body().fault() == body_fault::bad_line_endings);
}
