#include "mime/line_scan.hpp"

#include <doctest/doctest.h>

using godwit::mime::scan_lines;

TEST_CASE("a plain body raises no flag") {
  const auto scan = scan_lines("Subject: x\r\n\r\nhello.\r\nworld\r\n");
  CHECK_FALSE(scan.is_8bit);
  CHECK_FALSE(scan.needs_stuffing);
  CHECK_FALSE(scan.has_bare_cr);
  CHECK_FALSE(scan.has_bare_lf);
  CHECK(scan.ends_with_newline);
  CHECK(scan.longest_line == 10);
}

TEST_CASE("each flag alone") {
  CHECK(scan_lines("gr\xC3\xBC\r\n").is_8bit);
  CHECK(scan_lines("a\r\n.b\r\n").needs_stuffing);
  CHECK(scan_lines(".").needs_stuffing);
  CHECK(scan_lines("a\rb\r\n").has_bare_cr);
  CHECK(scan_lines("a\r").has_bare_cr);
  CHECK(scan_lines("a\r\r\n").has_bare_cr);
  CHECK(scan_lines("a\nb\r\n").has_bare_lf);
  CHECK(scan_lines("\n").has_bare_lf);
  CHECK_FALSE(scan_lines("a\nb\r\n").has_bare_cr);
}

TEST_CASE("the longest line counts without its end") {
  CHECK(scan_lines("").longest_line == 0);
  CHECK(scan_lines(std::string(998, 'a') + "\r\n").longest_line == 998);
  CHECK(scan_lines("a\r\n" + std::string(20, 'b')).longest_line == 20);
  CHECK_FALSE(scan_lines("a").ends_with_newline);
}
