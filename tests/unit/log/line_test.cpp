#include "log/line.hpp"

#include <doctest/doctest.h>

using namespace godwit;
using namespace godwit::log;

namespace {
const wall_time when = *parse_rfc3339("2026-01-31T08:00:00.1236Z");
}

TEST_CASE("formats") {
  CHECK(format_line(line_format::full, when, level::info, "smtp", "text") ==
        "2026-01-31T08:00:00.123Z INFO smtp text");
  CHECK(format_line(line_format::compact, when, level::warn, "smtp", "text") ==
        "08:00:00.123Z WARN smtp text");
  CHECK(format_line(line_format::pretty, when, level::error, "lua", "a\r\nb") ==
        "2026-01-31T08:00:00.123Z ERROR lua\n    a\n    b");
  CHECK(
      format_line(line_format::json, when, level::debug, "lua", "say \"hi\"\n") ==
      R"({"timestamp":"2026-01-31T08:00:00.123Z","level":"DEBUG","target":"lua","message":"say \"hi\"\n"})");
}

TEST_CASE("no text can forge a line") {
  CHECK(format_line(line_format::full, when, level::info, "smtp", "a\r\n2026 INFO smtp b").find('\n') ==
        std::string::npos);
}

TEST_CASE("format names") {
  CHECK(line_format_from("json") == line_format::json);
  CHECK_FALSE(line_format_from("xml"));
}
