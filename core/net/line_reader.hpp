#pragma once
// Buffered input of a line protocol. The synchronous part (take_line, buffered) serves what has arrived; the
// caller awaits fill() only when it needs more. So a pipelined group costs one read, and the caller knows
// when its input ran dry: the moment to flush replies.

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <system_error>

#include "net/stream.hpp"

namespace godwit::net {

enum class line_end { crlf, crlf_or_lf };

class line_reader {
 public:
  static constexpr std::size_t default_capacity = 16384;

  explicit line_reader(stream& from, std::size_t capacity = default_capacity);

  enum class status { line, incomplete, too_long };
  struct taken {
    line_reader::status status;
    std::string_view text;  ///< without its line end; valid until the next fill()
  };
  /// The next line if it is complete. too_long: more than `limit` bytes before the line end; what is buffered
  /// of it is dropped and its rest is skipped by later calls, so too_long is reported once per line. `limit`
  /// < capacity.
  taken take_line(std::size_t limit, line_end ends = line_end::crlf);

  /// Bytes that arrived and were not taken.
  std::span<const char> buffered() const { return {data_.get() + begin_, end_ - begin_}; }
  bool has_buffered() const { return end_ > begin_; }
  /// A whole line (or any input that take_line would act on) is there: more of a pipelined group follows.
  bool has_line() const;
  void consume(std::size_t bytes);

  /// One read. The buffer doubles up to `grow_to` when the last read filled it: bulk data then takes fewer
  /// calls.
  rt::task<std::error_code> fill(std::size_t grow_to = 0);
  /// The next fill() has a buffer of at least this size.
  void reserve(std::size_t capacity) { reserved_ = capacity; }
  /// Back to the first capacity after bulk data; releases everything when empty and `idle`.
  void shrink(bool idle = false);

  /// After this the peer's next byte comes from a new layer (TLS); call only when nothing is buffered.
  stream& from() { return from_; }

 private:
  void make_room(std::size_t grow_to);

  stream& from_;
  std::unique_ptr<char[]> data_;
  std::size_t initial_;
  std::size_t reserved_ = 0;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0, end_ = 0;
  std::size_t scanned_ =
      0;  // no line end before this offset: a line that arrives byte by byte is not rescanned
  bool skipping_ = false;  // inside a line that was too long
  bool filled_up_ = false;
};

}  // namespace godwit::net
