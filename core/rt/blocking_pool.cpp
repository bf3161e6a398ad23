#include "rt/blocking_pool.hpp"

#include <pthread.h>

#include <condition_variable>
#include <deque>

#include "log/log.hpp"
#include "metrics/registry.hpp"

namespace godwit::rt {

struct blocking_pool::impl {
  std::string name;
  std::size_t max_depth;
  std::mutex mutex;
  std::condition_variable wake;
  std::deque<std::function<void()>> jobs;
  bool stopping = false;
  std::vector<std::thread> threads;
  std::shared_ptr<metrics::gauge> depth_gauge, parked_gauge;

  void work() {
    pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
    std::unique_lock lock(mutex);
    for (;;) {
      parked_gauge->add(1);
      wake.wait(lock, [&] { return stopping || !jobs.empty(); });
      parked_gauge->add(-1);
      if (jobs.empty()) return;
      auto job = std::move(jobs.front());
      jobs.pop_front();
      depth_gauge->set(static_cast<std::int64_t>(jobs.size()));
      lock.unlock();
      try {
        job();
      } catch (const std::exception& e) {
        log::error("rt", "pool {}: a job threw: {}", name, e.what());
      }
      job = nullptr;  // captures die outside the lock
      lock.lock();
    }
  }
};

blocking_pool::blocking_pool(std::string name, std::size_t threads, std::size_t max_depth)
    : impl_(std::make_unique<impl>()) {
  impl_->name = std::move(name);
  impl_->max_depth = max_depth;
  impl_->depth_gauge = metrics::get_gauge("godwit_rt_pool_depth", "Jobs that wait for a thread of a blocking pool.",
                                          {{"pool", impl_->name}});
  impl_->parked_gauge = metrics::get_gauge("thread_pool_parked", {}, {{"pool", impl_->name}});
  metrics::get_gauge("thread_pool_size", "Threads of a pool.", {{"pool", impl_->name}})
      ->set(static_cast<std::int64_t>(threads));
  for (std::size_t i = 0; i < threads; ++i) {
    impl_->threads.emplace_back([this] { impl_->work(); });
  }
}

blocking_pool::~blocking_pool() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
  }
  impl_->wake.notify_all();
  for (auto& t : impl_->threads) t.join();
}

void blocking_pool::post(std::function<void()> work) {
  {
    const std::lock_guard lock(impl_->mutex);
    if (impl_->jobs.size() >= impl_->max_depth) {
      throw std::runtime_error(fmt::format("pool {} is full: {} jobs wait", impl_->name, impl_->jobs.size()));
    }
    impl_->jobs.push_back(std::move(work));
    impl_->depth_gauge->set(static_cast<std::int64_t>(impl_->jobs.size()));
  }
  impl_->wake.notify_one();
}

std::size_t blocking_pool::depth() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->jobs.size();
}

}  // namespace godwit::rt
