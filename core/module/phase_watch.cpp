#include "module/phase_watch.hpp"

#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <csignal>
#include <cstring>
#include <mutex>

#include "base/duration.hpp"
#include "log/log.hpp"

namespace godwit::module {

namespace {

constexpr int fatal_signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};

/// What the signal handler says, and the thread that runs the module's code.
std::array<char, 256> last_words;
std::atomic<std::size_t> last_words_size{0};
std::atomic<pid_t> watched_thread{0};

/// A crash cannot be contained in the process, but its cause can be named. The signal's own effect follows on return.
void tell(int signal) {
  if (watched_thread.load() == ::gettid()) {
    const auto written = ::write(STDERR_FILENO, last_words.data(), last_words_size);
    static_cast<void>(written);
  }
  ::raise(signal);
}

/// Leaves alone what a sanitizer has set.
void watch_signals() {
  for (const int number : fatal_signals) {
    struct sigaction now {};
    ::sigaction(number, nullptr, &now);
    if (now.sa_handler != SIG_DFL) continue;
    now.sa_handler = tell;
    now.sa_flags = SA_RESETHAND;
    ::sigaction(number, &now, nullptr);
  }
}

void leave_signals() {
  for (const int number : fatal_signals) {
    struct sigaction now {};
    ::sigaction(number, nullptr, &now);
    if (now.sa_handler == tell) ::signal(number, SIG_DFL);
  }
}

void warn_while_running(const std::stop_token& stop, const std::string& what, std::chrono::nanoseconds pause) {
  ::pthread_setname_np(::pthread_self(), "module-watch");
  std::mutex mutex;
  std::condition_variable_any ended;
  std::unique_lock lock(mutex);
  const auto began = std::chrono::steady_clock::now();
  for (;; pause *= 2) {
    ended.wait_for(lock, stop, pause, [] { return false; });
    if (stop.stop_requested()) return;
    const auto so_far = std::chrono::floor<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began);
    log::warn("module", "{} has been running for {}: it must not block, the server waits for it", what, format_duration(so_far));
  }
}

}  // namespace

phase_watch::phase_watch(std::string what, std::chrono::nanoseconds warn_after) {
  const auto text = fmt::format("godwitd: the process dies in {}\n", what);
  last_words_size = std::min(text.size(), last_words.size());
  std::memcpy(last_words.data(), text.data(), last_words_size);
  watched_thread = ::gettid();
  watch_signals();
  watchdog_ = std::jthread([what = std::move(what), warn_after](const std::stop_token& stop) { warn_while_running(stop, what, warn_after); });
}

phase_watch::~phase_watch() {
  leave_signals();
  watched_thread = 0;
}

}  // namespace godwit::module
