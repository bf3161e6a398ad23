#include "net/line_reader.hpp"

#include <algorithm>
#include <cstring>

namespace godwit::net {

namespace {

/// Offset just past the first line end in `text` at or after `from`, 0 when there is none.
std::size_t find_line_end(std::string_view text, std::size_t from, line_end ends) {
  for (auto at = from; at < text.size();) {
    const auto* lf = static_cast<const char*>(std::memchr(text.data() + at, '\n', text.size() - at));
    if (!lf) return 0;
    const auto offset = static_cast<std::size_t>(lf - text.data());
    if (ends == line_end::crlf_or_lf || (offset > 0 && text[offset - 1] == '\r')) return offset + 1;
    at = offset + 1;
  }
  return 0;
}

std::string_view without_line_end(std::string_view line) {
  line.remove_suffix(1);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

}  // namespace

line_reader::line_reader(stream& from, std::size_t capacity) : from_(from), initial_(capacity) {}

line_reader::taken line_reader::take_line(std::size_t limit, line_end ends) {
  const std::string_view input(data_.get() + begin_, end_ - begin_);
  const auto past = find_line_end(input, scanned_, ends);
  if (past == 0) {
    scanned_ = input.size();
    // A CR at the end may be half of a line end: it does not count yet, and must stay.
    const bool ends_in_cr = !input.empty() && input.back() == '\r';
    if (input.size() - ends_in_cr <= limit) {
      if (skipping_) consume(input.size() - ends_in_cr);
      return {status::incomplete, {}};
    }
    consume(input.size() - ends_in_cr);
    return {std::exchange(skipping_, true) ? status::incomplete : status::too_long, {}};
  }
  const auto line = without_line_end(input.substr(0, past));
  consume(past);
  if (std::exchange(skipping_, false)) return take_line(limit, ends);
  if (line.size() > limit) return {status::too_long, {}};
  return {status::line, line};
}

bool line_reader::has_line() const {
  return find_line_end({data_.get() + begin_, end_ - begin_}, 0, line_end::crlf) != 0;
}

void line_reader::consume(std::size_t bytes) {
  begin_ += std::min(bytes, end_ - begin_);
  scanned_ = 0;
  if (begin_ == end_) begin_ = end_ = 0;
}

void line_reader::make_room(std::size_t grow_to) {
  std::size_t wanted = std::max({capacity_, initial_, std::exchange(reserved_, 0)});
  if (filled_up_ && wanted < grow_to) wanted = std::min(wanted * 2, grow_to);
  if (end_ - begin_ == wanted) wanted *= 2;  // the caller needs more than fits
  if (wanted != capacity_) {
    auto bigger = std::make_unique_for_overwrite<char[]>(wanted);
    if (end_ > begin_) std::memcpy(bigger.get(), data_.get() + begin_, end_ - begin_);
    data_ = std::move(bigger);
    capacity_ = wanted;
  } else if (begin_ > 0) {
    std::memmove(data_.get(), data_.get() + begin_, end_ - begin_);
  }
  end_ -= begin_;
  begin_ = 0;
}

rt::task<std::error_code> line_reader::fill(std::size_t grow_to) {
  make_room(grow_to);
  const std::span<char> room(data_.get() + end_, capacity_ - end_);
  const auto got = co_await from_.read_some(room);
  filled_up_ = got.ok() && got.bytes == room.size();
  end_ += got.bytes;
  co_return got.ec;
}

void line_reader::shrink(bool idle) {
  filled_up_ = false;
  if (has_buffered() || (!idle && capacity_ <= initial_)) return;
  data_.reset();
  capacity_ = begin_ = end_ = scanned_ = 0;
}

}  // namespace godwit::net
