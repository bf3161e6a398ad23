#pragma once
// What a body's bytes are like, found in one pass: decides about 8BITMIME, dot-stuffing and line-end policy
// without looking at the body again.

#include <cstddef>
#include <string_view>

namespace godwit::mime {

struct line_scan {
  bool is_8bit = false;         ///< some byte above 127
  bool needs_stuffing = false;  ///< some line starts with a dot
  bool has_bare_cr = false;     ///< a CR that no LF follows
  bool has_bare_lf = false;     ///< a LF that no CR precedes
  bool ends_with_newline = false;
  std::size_t longest_line = 0;  ///< line end not counted
};

line_scan scan_lines(std::string_view bytes);

}  // namespace godwit::mime
