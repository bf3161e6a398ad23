#pragma once
// Watches the server's own thread while it runs code of a module outside of any call: the log tells when that takes long,
// standard error tells when the process dies of it.

#include <chrono>
#include <string>
#include <thread>

namespace godwit::module {

/// On the stack of one life-cycle function; these never run two at once. `what`: "module 'x': init".
class phase_watch {
 public:
  phase_watch(std::string what, std::chrono::nanoseconds warn_after);
  ~phase_watch();
  phase_watch(const phase_watch&) = delete;

 private:
  std::jthread watchdog_;
};

}  // namespace godwit::module
