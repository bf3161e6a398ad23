#include "smtp/data_reader.hpp"

#include <algorithm>

namespace godwit::smtp {

std::size_t data_reader::feed(std::string_view input) {
  std::size_t at = 0;
  while (at < input.size() && state_ != state::done) {
    const char c = input[at];
    switch (state_) {
      case state::text:
        if (c == '.' && body_.is_at_line_start()) {
          state_ = state::dot;
          ++at;
        } else {
          at += body_.feed_line(input.substr(at));
        }
        break;
      case state::dot:
        if (c == '\r') {
          state_ = state::dot_cr;
          ++at;
        } else {
          body_.dropped_dot();
          state_ = state::text;
        }
        break;
      case state::dot_cr:
        if (c == '\n') {
          state_ = state::done;
          ++at;
        } else {
          body_.dropped_dot();
          body_.bare_cr();
          state_ = state::text;
        }
        break;
      case state::done:
        break;
    }
  }
  return at;
}

std::size_t bdat_reader::feed(std::string_view input) {
  const auto chunk = input.substr(0, std::min<std::uint64_t>(input.size(), left_));
  for (std::size_t at = 0; at < chunk.size();) at += body_.feed_line(chunk.substr(at));
  left_ -= chunk.size();
  return chunk.size();
}

}  // namespace godwit::smtp
