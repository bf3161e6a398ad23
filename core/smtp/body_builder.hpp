#pragma once
// Puts the content of a message together while it arrives, in any split, looking at every byte once: line
// ends, line length, size, 8-bit, dots that a sender will have to stuff. Pure. DATA and BDAT readers feed it.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "mail/message.hpp"
#include "smtp/line_endings.hpp"

namespace godwit::smtp {

enum class body_fault { none, bad_line_endings, line_too_long, too_big };

struct body_limits {
  line_endings endings = line_endings::deny;
  std::size_t max_line = 998;
  std::size_t max_size = 20971520;
};

class body_builder {
 public:
  explicit body_builder(body_limits limits) : limits_(limits) {}

  /// Room for a message of about this size, so that it grows in place.
  void expect(std::size_t size);
  /// Takes content up to and including the next CRLF, or all of it. Returns how many bytes.
  std::size_t feed_line(std::string_view input);
  /// What comes next follows a CRLF, or is the first of the message.
  bool is_at_line_start() const { return line_start_ && !pending_cr_; }

  // For the reader of DATA, which withholds what may be the end.
  void dropped_dot();  ///< a stuffed dot was removed at the start of this line
  void bare_cr();      ///< a withheld CR turned out not to be part of CRLF

  body_fault fault() const { return fault_; }
  /// Bytes seen since the first fault: the reader gives up at some point.
  std::size_t drained() const { return drained_; }
  std::size_t size() const { return bytes_.size(); }

  /// The content; a last line without CRLF gets one. The builder is empty afterwards.
  std::shared_ptr<mail::body> finish();

 private:
  std::size_t scan_line(std::string_view input);
  void text(std::string_view piece);
  void append(std::string_view piece);
  void bare(char c);
  void end_line();
  void watch_hidden_dot(std::string_view piece);
  void fail(body_fault f);

  body_limits limits_;
  std::string bytes_;
  std::size_t line_length_ = 0;
  std::size_t drained_ = 0;
  body_fault fault_ = body_fault::none;
  bool line_start_ = true;          // after CRLF
  bool content_line_start_ = true;  // after any line end: where a dot would need stuffing
  bool pending_cr_ = false;         // a CR ended the last input
  bool is_8bit_ = false;
  bool needs_stuffing_ = false;
  // A line of nothing but NULs and one dot: the end of DATA for a server that drops NULs.
  bool only_nul_and_dot_ = true;
  bool has_nul_ = false;
  unsigned dots_ = 0;
};

}  // namespace godwit::smtp
