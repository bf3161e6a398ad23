#include "segment.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <zstd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fmt/format.h>

#include "segment_name.hpp"

namespace log_json {

namespace {

const std::size_t block_size = ZSTD_CStreamOutSize();

void free_stream(ZSTD_CCtx* s) { ZSTD_freeCCtx(s); }

void check(std::size_t code) {
  if (ZSTD_isError(code)) throw godwit::sdk::failure(fmt::format("zstd: {}", ZSTD_getErrorName(code)));
}

}  // namespace

segment::segment(destination where, int compression_level)
    : where_(std::move(where)),
      stream_(ZSTD_createCCtx(), free_stream),
      block_(std::make_unique_for_overwrite<char[]>(block_size)) {
  check(ZSTD_CCtx_setParameter(stream_.get(), ZSTD_c_compressionLevel, compression_level));
}

segment::~segment() {
  try {
    finish();
  } catch (const std::exception& e) {
    godwit::sdk::log_error(e.what());
    if (file_ >= 0) ::close(file_);
  }
}

void segment::open(clock::time_point now) {
  std::error_code failed;
  std::filesystem::create_directories(where_.dir, failed);
  for (int attempt = 0; attempt < 100; ++attempt) {
    path_ = where_.dir + "/" + segment_name(now + std::chrono::nanoseconds(attempt), where_.suffix);
    file_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0644);
    if (file_ >= 0 || errno != EEXIST) break;
  }
  if (file_ < 0)
    throw godwit::sdk::failure(fmt::format("cannot create segment {}: {}", path_, std::strerror(errno)));
  ZSTD_CCtx_reset(stream_.get(), ZSTD_reset_session_only);
  size_ = 0;
  is_ended_ = false;
  opened_ = now;
  compress(where_.segment_header, ZSTD_e_continue);
}

void segment::compress(std::string_view input, int directive) {
  ZSTD_inBuffer in{input.data(), input.size(), 0};
  std::size_t left = 0;
  do {
    ZSTD_outBuffer out{block_.get(), block_size, 0};
    left = ZSTD_compressStream2(stream_.get(), &out, &in, static_cast<ZSTD_EndDirective>(directive));
    out_.append(block_.get(), out.pos);
    check(left);
  } while (in.pos < in.size || (directive != ZSTD_e_continue && left > 0));
  size_ += input.size();
}

void segment::append(std::string_view lines, clock::time_point now) {
  if (!is_open()) open(now);
  compress(lines, ZSTD_e_continue);
}

void segment::write_out() {
  std::size_t done = 0;
  while (done < out_.size()) {
    const auto n = ::write(file_, out_.data() + done, out_.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      const auto why = errno;
      out_.erase(0, done);
      throw godwit::sdk::failure(fmt::format("cannot write {}: {}", path_, std::strerror(why)));
    }
    done += static_cast<std::size_t>(n);
  }
  out_.clear();
}

void segment::flush() {
  if (!is_open()) return;
  if (!is_ended_) compress({}, ZSTD_e_flush);
  write_out();
}

void segment::finish() {
  if (!is_open()) return;
  if (!is_ended_) compress({}, ZSTD_e_end);
  is_ended_ = true;
  write_out();
  ::close(file_);
  file_ = -1;
  mark_done(path_);
}

}  // namespace log_json
