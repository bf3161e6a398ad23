#include "log_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <godwit/host.hpp>

namespace ec_logger {

log_file::~log_file() {
  if (fd_ >= 0) ::close(fd_);
}

void log_file::reopen() {
  const int opened = ::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, mode_);
  if (opened < 0)
    throw godwit::sdk::failure("cannot open " + path_ + ": " + std::strerror(errno) +
                               ": its directory has to exist and be writable for the user of the daemon");
  struct stat state {};
  // The mode is the configured one, whatever the umask; a file of somebody else keeps its own, and so does a device.
  if (::fstat(opened, &state) == 0 && S_ISREG(state.st_mode)) static_cast<void>(::fchmod(opened, mode_));
  if (fd_ >= 0) ::close(fd_);
  fd_ = opened;
}

void log_file::write(std::string& lines) {
  if (lines.empty()) return;
  std::size_t done = 0;
  int reason = 0;
  while (done < lines.size() && reason == 0) {
    const auto n = ::write(fd_, lines.data() + done, lines.size() - done);
    if (n > 0) {
      done += static_cast<std::size_t>(n);
    } else if (errno != EINTR) {
      reason = errno;
    }
  }
  lines.erase(0, done);
  if (reason != 0) throw godwit::sdk::failure("cannot write " + path_ + ": " + std::strerror(reason));
}

}  // namespace ec_logger
