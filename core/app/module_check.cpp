#include "app/module_check.hpp"

#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "module/module_host.hpp"

namespace godwit::app {

namespace {

int complain(const std::string& program, const std::string& text) {
  std::fprintf(stderr, "%s: %s\n", program.c_str(), text.c_str());
  return 1;
}

int check(const std::string& program, const std::string& file) {
  const auto report = module::check_module(file);
  if (!report) return complain(program, report.why().text);
  std::fputs(report->c_str(), stdout);
  return 0;
}

/// False when it still runs after `limit`.
bool ends_within(pid_t child, std::chrono::milliseconds limit) {
  const int handle = static_cast<int>(::syscall(SYS_pidfd_open, child, 0));  // the header of glibc 2.36 is not for C++
  if (handle < 0) return true;  // waitpid tells
  pollfd end{handle, POLLIN, 0};
  int ready = -1;
  do ready = ::poll(&end, 1, static_cast<int>(limit.count()));
  while (ready < 0 && errno == EINTR);
  ::close(handle);
  return ready != 0;
}

}  // namespace

int check_module_apart(const std::string& program, const std::string& file, std::chrono::seconds limit) {
  const pid_t child = ::fork();
  if (child < 0) return complain(program, fmt::format("{}: no process to check it in: {}", file, std::strerror(errno)));
  if (child == 0) std::exit(check(program, file));
  const bool is_done = ends_within(child, limit);
  if (!is_done) ::kill(child, SIGKILL);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (!is_done) return complain(program, fmt::format("{}: not done within {} s: life-cycle functions must not block", file, limit.count()));
  if (WIFSIGNALED(status)) return complain(program, fmt::format("{}: the module crashes: {}", file, ::strsignal(WTERMSIG(status))));
  return WEXITSTATUS(status);
}

}  // namespace godwit::app
