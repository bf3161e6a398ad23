#include "app/main/pager.hpp"

#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>

namespace godwit::app {

namespace {

std::size_t terminal_rows() {
  winsize size{};
  return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 1 ? size.ws_row - 1U : 23U;
}

}  // namespace

pager::pager(bool is_on) : room_(is_on ? terminal_rows() : 0) {
  if (!is_on) {
    out_ = stdout;
    return;
  }
  cookie_io_functions_t calls{};
  calls.write = on_write;
  out_ = ::fopencookie(this, "w", calls);
}

ssize_t pager::on_write(void* self, const char* data, std::size_t size) {
  static_cast<pager*>(self)->write({data, size});
  return static_cast<ssize_t>(size);
}

void pager::write(std::string_view text) {
  if (is_passed_on_) {
    std::fwrite(text.data(), 1, text.size(), pipe_ ? pipe_ : stdout);
    return;
  }
  held_ += text;
  lines_ += static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  if (lines_ > room_) start();
}

void pager::start() {
  is_passed_on_ = true;
  const char* program = std::getenv("PAGER");
  ::signal(SIGPIPE, SIG_IGN);  // the reader may leave early
  pipe_ = ::popen(program && *program ? program : "less", "w");
  std::fwrite(held_.data(), 1, held_.size(), pipe_ ? pipe_ : stdout);
  held_.clear();
}

pager::~pager() {
  if (out_ == stdout) return;
  std::fclose(out_);  // flushes into write()
  if (!held_.empty()) std::fwrite(held_.data(), 1, held_.size(), stdout);
  if (pipe_) ::pclose(pipe_);
  std::fflush(stdout);
}

}  // namespace godwit::app
