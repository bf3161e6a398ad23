#pragma once
// One log file, opened by name for appending: another program may rename it away and have it opened anew.

#include <sys/types.h>

#include <string>

namespace ec_logger {

/// Used by one thread at a time. Failures are godwit::sdk::failure and name the file.
class log_file {
 public:
  log_file(std::string path, mode_t mode) : path_(std::move(path)), mode_(mode) {}
  ~log_file();
  log_file(const log_file&) = delete;

  const std::string& path() const { return path_; }
  /// Opens the name, whatever it is a name of by now. On failure the file that was open stays so.
  void reopen();
  /// Writes all, taking off `lines` what is written, also when it fails half-way.
  void write(std::string& lines);

 private:
  const std::string path_;
  const mode_t mode_;
  int fd_ = -1;
};

}  // namespace ec_logger
