#pragma once
// The receiving side of DATA (RFC 5321 4.1.1.4, 4.5.2): removes stuffed dots and finds the end. Pure: takes
// the input in any split. The one and only end is a dot between two CRLF (or right at the start, before a
// CRLF): everything else that some server somewhere takes for it is content, and an error where the line ends
// are strict.

#include <cstddef>
#include <string_view>

#include "smtp/body_builder.hpp"

namespace godwit::smtp {

class data_reader {
 public:
  explicit data_reader(body_limits limits) : body_(limits) {}

  /// Returns how many bytes were taken: all, or fewer when the end was among them.
  std::size_t feed(std::string_view input);
  bool is_done() const { return state_ == state::done; }
  body_builder& body() { return body_; }

 private:
  enum class state { text, dot, dot_cr, done };

  body_builder body_;
  state state_ = state::text;
};

/// The receiving side of BDAT (RFC 3030): counted chunks without stuffing. Line ends obey the same policy as
/// in DATA, because the message may leave by DATA.
class bdat_reader {
 public:
  explicit bdat_reader(body_limits limits) : body_(limits) {}

  void begin_chunk(std::uint64_t size) { left_ = size; }
  /// Returns how many bytes were taken: all, or fewer when the chunk ended before.
  std::size_t feed(std::string_view input);
  bool is_chunk_done() const { return left_ == 0; }
  std::uint64_t left() const { return left_; }
  body_builder& body() { return body_; }

 private:
  body_builder body_;
  std::uint64_t left_ = 0;
};

}  // namespace godwit::smtp
