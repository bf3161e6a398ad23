#include "rt/loop.hpp"

#include <pthread.h>


#include "log/log.hpp"
#include "metrics/registry.hpp"

namespace godwit::rt {

namespace {
thread_local loop* current_loop = nullptr;
}

loop::loop(std::size_t index) : index_(index), io_(1), work_(io_.get_executor()) {}

loop* loop::current() { return current_loop; }

void loop::run() {
  current_loop = this;
  for (;;) {
    try {
      io_.run();
      break;
    } catch (const std::exception& e) {
      // A handler that throws ends its own work only; the loop serves everybody else.
      log::error("rt", "loop {}: a handler threw: {}", index_, e.what());
    }
  }
  current_loop = nullptr;
}

void loop::stop() { io_.stop(); }

loop_group::loop_group(std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) loops_.push_back(std::make_unique<loop>(i));
}

loop_group::~loop_group() {
  stop();
  join();
}

loop& loop_group::next() { return *loops_[next_.fetch_add(1, std::memory_order_relaxed) % loops_.size()]; }

void loop_group::start() {
  metrics::get_gauge("thread_pool_size", {}, {{"pool", "loop"}})->set(static_cast<std::int64_t>(loops_.size()));
  for (auto& l : loops_) {
    threads_.emplace_back([&l] {
      pthread_setname_np(pthread_self(), fmt::format("loop-{}", l->index()).c_str());
      l->run();
    });
  }
}

void loop_group::stop() {
  for (auto& l : loops_) l->stop();
}

void loop_group::join() {
  for (auto& t : threads_) {
    if (t.joinable()) t.join();
  }
  threads_.clear();
}

task<> sleep_for(std::chrono::nanoseconds d) {
  timer t(co_await asio::this_coro::executor);
  t.expires_after(d);
  co_await t.async_wait(use_task);
}

}  // namespace godwit::rt
