#include "spool/ticker.hpp"

#include <pthread.h>

namespace godwit::spool {

ticker::ticker(std::string name, std::chrono::nanoseconds interval, std::function<void()> tick)
    : name_(std::move(name)), interval_(interval), tick_(std::move(tick)), thread_([this] { run(); }) {}

ticker::~ticker() { stop(); }

void ticker::stop() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void ticker::run() {
  pthread_setname_np(pthread_self(), name_.c_str());
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, interval_, [this] { return is_stopping_; })) {
    lock.unlock();
    tick_();
    lock.lock();
  }
}

}  // namespace godwit::spool
