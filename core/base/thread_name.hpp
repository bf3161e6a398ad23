#pragma once
// Names for the threads that libraries make, so that operators can tell them apart (console: threads).

#include <pthread.h>

#include <array>

namespace godwit {

/// While it lives this thread has the name, and so has each thread that it makes: one inherits the name of its maker. At most
/// 15 bytes. On one thread's stack.
class lent_thread_name {
 public:
  explicit lent_thread_name(const char* name) {
    ::pthread_getname_np(::pthread_self(), own_.data(), own_.size());
    ::pthread_setname_np(::pthread_self(), name);
  }
  ~lent_thread_name() { ::pthread_setname_np(::pthread_self(), own_.data()); }
  lent_thread_name(const lent_thread_name&) = delete;
  lent_thread_name& operator=(const lent_thread_name&) = delete;

 private:
  std::array<char, 16> own_{};  // what the kernel keeps, with its end
};

}  // namespace godwit
