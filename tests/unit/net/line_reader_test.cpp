#include "net/line_reader.hpp"

#include <doctest/doctest.h>

#include "net/loopback_stream.hpp"
#include "rt/gate.hpp"

using namespace godwit;
using status = net::line_reader::status;

namespace {

/// A reader over one end, bytes put in at the other.
struct line_fixture {
  explicit line_fixture(std::size_t capacity = 64)
      : pair(net::make_loopback_pair(loop.get_executor())), reader(*pair.a, capacity) {}

  void put(std::string bytes) {
    gate.spawn("put", [this, bytes]() -> rt::task<> { co_await pair.b->write(bytes); });
    loop.io().restart();
    loop.io().poll();
  }
  std::error_code fill(std::size_t grow_to = 0) {
    std::error_code ec;
    gate.spawn("fill", [this, grow_to, &ec]() -> rt::task<> { ec = co_await reader.fill(grow_to); });
    loop.io().restart();
    loop.io().poll();
    return ec;
  }

  rt::loop loop{0};
  rt::gate gate{loop, "test"};
  net::loopback_pair pair;
  net::line_reader reader;
};

}  // namespace

TEST_CASE("lines come out one by one without their ends") {
  line_fixture f;
  f.put("one\r\n\r\nthree\r\nfo");
  CHECK_FALSE(f.fill());
  CHECK(f.reader.has_line());
  CHECK(f.reader.take_line(10).text == "one");
  CHECK(f.reader.take_line(10).text == "");
  CHECK(f.reader.take_line(10).text == "three");
  CHECK_FALSE(f.reader.has_line());
  CHECK(f.reader.take_line(10).status == status::incomplete);
  CHECK(f.reader.has_buffered());
  f.put("ur\r\n");
  f.fill();
  CHECK(f.reader.take_line(10).text == "four");
  CHECK_FALSE(f.reader.has_buffered());
}

TEST_CASE("a bare LF ends a line only for who asks for it") {
  line_fixture f;
  f.put("a\nb\r\n");
  f.fill();
  CHECK(f.reader.take_line(10).text == "a\nb");
  f.put("a\nb\r\n");
  f.fill();
  CHECK(f.reader.take_line(10, net::line_end::crlf_or_lf).text == "a");
  CHECK(f.reader.take_line(10, net::line_end::crlf_or_lf).text == "b");
}

TEST_CASE("a line at the limit passes, one byte more does not, and is reported once") {
  line_fixture f;
  f.put("12345\r\n123456\r\nok\r\n");
  f.fill();
  CHECK(f.reader.take_line(5).text == "12345");
  CHECK(f.reader.take_line(5).status == status::too_long);
  CHECK(f.reader.take_line(5).text == "ok");
}

TEST_CASE("an endless line is dropped while it arrives") {
  line_fixture f;
  unsigned reported = 0;
  for (int i = 0; i < 50; ++i) {
    f.put(std::string(40, 'x'));
    f.fill();
    reported += f.reader.take_line(20).status == status::too_long;
    CHECK(f.reader.buffered().size() <= 64);
  }
  CHECK(reported == 1);
  f.put("x\r\nnext\r\n");
  f.fill();
  CHECK(f.reader.take_line(20).text == "next");
}

TEST_CASE("a CRLF split at any place is one line end") {
  line_fixture f;
  f.pair.faults_a->max_read = 1;
  f.put("12345\r\nab\r\n");
  std::vector<std::string> lines;
  for (int i = 0; i < 11; ++i) {
    f.fill();
    const auto taken = f.reader.take_line(5);
    CHECK(taken.status != status::too_long);
    if (taken.status == status::line) lines.emplace_back(taken.text);
  }
  CHECK(lines == std::vector<std::string>{"12345", "ab"});
}

TEST_CASE("the buffer grows for bulk data and shrinks after it") {
  line_fixture f(64);
  f.put(std::string(1000, 'x'));
  std::size_t reads = 0;
  for (; f.reader.buffered().size() < 1000; ++reads) CHECK_FALSE(f.fill(1024));
  CHECK(reads < 8);
  f.reader.consume(1000);
  f.reader.shrink();
  f.put("a\r\n");
  f.fill();
  CHECK(f.reader.take_line(10).text == "a");
}

TEST_CASE("a reserved buffer takes all in one read") {
  line_fixture f(64);
  f.put(std::string(1000, 'x'));
  f.reader.reserve(2000);
  f.fill();
  CHECK(f.reader.buffered().size() == 1000);
}

TEST_CASE("the end of the stream is an error") {
  line_fixture f;
  f.pair.b->close();
  CHECK(f.fill() == asio::error::eof);
}
