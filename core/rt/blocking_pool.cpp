#include "rt/blocking_pool.hpp"

#include <pthread.h>

#include <algorithm>
#include <condition_variable>
#include <deque>

#include "log/log.hpp"
#include "metrics/registry.hpp"

namespace godwit::rt {

namespace {

/// The pools there are. Never destroyed: a pool of static duration may end late.
struct pool_list {
  std::mutex guard;
  std::vector<const blocking_pool*> all;
};

pool_list& the_pools() {
  static auto* list = new pool_list;
  return *list;
}

}  // namespace

double pool_view::average_concurrency() const {
  return age.count() > 0 ? static_cast<double>(busy.count()) / static_cast<double>(age.count()) : 0;
}

double pool_view::saturation() const { return threads > 0 ? average_concurrency() / static_cast<double>(threads) : 0; }

std::chrono::nanoseconds pool_view::time_per_job() const {
  return invocations > 0 ? busy / static_cast<std::int64_t>(invocations) : std::chrono::nanoseconds(0);
}

std::vector<pool_view> list_pools() {
  auto& list = the_pools();
  const std::lock_guard lock(list.guard);
  std::vector<pool_view> views;
  for (const auto* one : list.all) views.push_back(one->view());
  return views;
}

struct blocking_pool::impl {
  std::string name;
  std::size_t max_depth;
  std::mutex mutex;
  std::condition_variable wake;
  std::deque<std::function<void()>> jobs;
  bool stopping = false;
  std::vector<std::thread> threads;
  std::shared_ptr<metrics::gauge> depth_gauge, parked_gauge;

  // What jobs cost, under the mutex that each job takes anyway.
  std::size_t size = 0, active = 0;
  std::uint64_t invocations = 0;
  const steady_clock::time_point made = steady_clock::now();
  /// The ends of jobs less their beginnings, each since `made`: with the present added once a job that runs, their time.
  std::chrono::nanoseconds ends_less_beginnings{};

  void work() {
    pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
    auto at = made;
    std::unique_lock lock(mutex);
    for (;;) {
      if (wait_for_job(lock)) at = steady_clock::now();  // else the end of the job before is the beginning of this one
      if (jobs.empty()) return;
      auto job = std::move(jobs.front());
      jobs.pop_front();
      depth_gauge->set(static_cast<std::int64_t>(jobs.size()));
      begin(at);
      lock.unlock();
      run(job);
      at = steady_clock::now();
      lock.lock();
      end(at);
    }
  }

  /// Whether it had to wait.
  bool wait_for_job(std::unique_lock<std::mutex>& lock) {
    if (stopping || !jobs.empty()) return false;
    parked_gauge->add(1);
    wake.wait(lock, [&] { return stopping || !jobs.empty(); });
    parked_gauge->add(-1);
    return true;
  }

  void run(std::function<void()>& job) {
    try {
      job();
    } catch (const std::exception& e) {
      log::error("rt", "pool {}: a job threw: {}", name, e.what());
    }
    job = nullptr;  // captures die outside the lock
  }

  void begin(steady_clock::time_point at) {
    ++invocations;
    ++active;
    ends_less_beginnings -= at - made;
  }

  void end(steady_clock::time_point at) {
    --active;
    ends_less_beginnings += at - made;
  }
};

blocking_pool::blocking_pool(std::string name, std::size_t threads, std::size_t max_depth)
    : impl_(std::make_unique<impl>()) {
  impl_->name = std::move(name);
  impl_->max_depth = max_depth;
  impl_->size = threads;
  impl_->depth_gauge = metrics::get_gauge("godwit_rt_pool_depth", "Jobs that wait for a thread of a blocking pool.",
                                          {{"pool", impl_->name}});
  impl_->parked_gauge = metrics::get_gauge("thread_pool_parked", {}, {{"pool", impl_->name}});
  metrics::get_gauge("thread_pool_size", "Threads of a pool.", {{"pool", impl_->name}})
      ->set(static_cast<std::int64_t>(threads));
  for (std::size_t i = 0; i < threads; ++i) {
    impl_->threads.emplace_back([this] { impl_->work(); });
  }
  auto& list = the_pools();
  const std::lock_guard lock(list.guard);
  list.all.push_back(this);
}

blocking_pool::~blocking_pool() {
  {
    auto& list = the_pools();
    const std::lock_guard lock(list.guard);
    std::erase(list.all, this);
  }
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

pool_view blocking_pool::view() const {
  auto& p = *impl_;
  const std::lock_guard lock(p.mutex);
  const auto age = steady_clock::now() - p.made;
  return {.name = p.name,
          .threads = p.size,
          .active = p.active,
          .queued = p.jobs.size(),
          .invocations = p.invocations,
          .busy = p.ends_less_beginnings + age * static_cast<std::int64_t>(p.active),
          .age = age};
}

}  // namespace godwit::rt
