#pragma once
// A place inside a gather list: what of it is still to be written.

#include <sys/uio.h>

#include <algorithm>
#include <cstddef>
#include <span>

#include <asio/buffer.hpp>

namespace godwit::net {

class buffer_cursor {
 public:
  explicit buffer_cursor(std::span<const asio::const_buffer> pieces) : pieces_(pieces) { skip_empty(); }

  bool is_done() const { return pieces_.empty(); }

  /// The rest as vectors for one system call; returns how many.
  std::size_t fill(std::span<iovec> vectors) const {
    std::size_t n = 0;
    std::size_t offset = offset_;
    for (const auto& piece : pieces_) {
      if (n == vectors.size()) break;
      const auto* base = static_cast<const char*>(piece.data()) + offset;
      vectors[n++] = iovec{const_cast<char*>(base), piece.size() - offset};
      offset = 0;
    }
    return n;
  }

  void advance(std::size_t bytes) {
    while (bytes > 0 && !pieces_.empty()) {
      const auto step = std::min(bytes, pieces_.front().size() - offset_);
      offset_ += step;
      bytes -= step;
      skip_empty();
    }
  }

  /// The next run of contiguous bytes.
  std::span<const char> front() const {
    return {static_cast<const char*>(pieces_.front().data()) + offset_, pieces_.front().size() - offset_};
  }

 private:
  void skip_empty() {
    while (!pieces_.empty() && offset_ == pieces_.front().size()) {
      pieces_ = pieces_.subspan(1);
      offset_ = 0;
    }
  }

  std::span<const asio::const_buffer> pieces_;
  std::size_t offset_ = 0;
};

}  // namespace godwit::net
