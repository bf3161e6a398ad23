#pragma once
// The open segment of one destination: a zstd stream into a file.

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "log_settings.hpp"

struct ZSTD_CCtx_s;

namespace log_json {

/// Used by the log's writer thread only. A failed write keeps the compressed bytes and is tried again with
/// the next call.
class segment {
 public:
  using clock = std::chrono::system_clock;

  segment(destination where, int compression_level);
  ~segment();  ///< finish()
  segment(const segment&) = delete;

  bool is_open() const { return file_ >= 0; }
  std::uint64_t size() const { return size_; }  ///< uncompressed bytes
  clock::time_point opened() const { return opened_; }
  const destination& where() const { return where_; }

  /// Opens a file when none is. Throws godwit::sdk::failure when the disk refuses.
  void append(std::string_view lines, clock::time_point now);
  /// What was appended is in the file afterwards. Throws as above.
  void flush();
  /// Ends the frame, makes the file read-only. Throws as above, the segment then stays open.
  void finish();

 private:
  void open(clock::time_point now);
  void compress(std::string_view input, int directive);
  void write_out();

  destination where_;
  std::unique_ptr<ZSTD_CCtx_s, void (*)(ZSTD_CCtx_s*)> stream_;
  std::unique_ptr<char[]> block_;  ///< what zstd writes into
  std::string out_;                ///< compressed, not yet written
  std::string path_;
  int file_ = -1;
  std::uint64_t size_ = 0;
  bool is_ended_ = false;  ///< the frame is complete; only writing is left
  clock::time_point opened_;
};

}  // namespace log_json
