#include "service.hpp"

#include <utility>

#include <godwit/async.hpp>

#include "cluster.hpp"

namespace redis {

namespace sdk = godwit::sdk;

namespace {

constexpr std::size_t most_commands_in_a_write = 64;
constexpr auto longest_idle = std::chrono::minutes(1);

std::unique_ptr<backend> make_backend(const service_options& o, connection_pool& connections) {
  if (o.is_cluster) return std::make_unique<cluster>(o.nodes, o.read_from_replicas, connections, o.times);
  return std::make_unique<single_node>(o.nodes.front(), connections, o.times);
}

}  // namespace

service::service(service_options options)
    : options_(std::move(options)),
      latencies_(std::make_shared<latencies>(options_.label)),
      connections_(
          options_.times, options_.replies, options_.pool_size,
          [measured = latencies_](std::chrono::nanoseconds took, bool ok) { measured->ping(took, ok); }),
      backend_(make_backend(options_, connections_)) {}

clock::time_point service::last_used() const {
  const std::lock_guard lock(mutex_);
  return last_used_;
}

void service::submit(sdk::deferred_call call, command c) {
  {
    const std::lock_guard lock(mutex_);
    last_used_ = clock::now();
    waiting_.emplace_back(std::move(call), std::move(c), latencies_);
    if (workers_ >= options_.pool_size) return;
    ++workers_;
  }
  start_worker();
}

void service::start_worker() {
  try {
    // The job lets go of the service on the pool's thread: the last reference closes its connections.
    sdk::run_job([self = shared_from_this()]() mutable { std::exchange(self, nullptr)->work(); }, [] {});
  } catch (const std::exception&) {
    {
      const std::lock_guard lock(mutex_);
      if (--workers_ > 0) return;  // another one serves what waits
    }
    for (auto& r : overdue(true)) r.fail("the thread pool of modules takes no more work");
  }
}

void service::work() {
  for (;;) {
    auto batch = next_batch();
    if (batch.empty()) return;
    backend_->serve(batch);
  }
}

/// Empty: the worker ends. Several commands only when no other worker could take them.
std::vector<request> service::next_batch() {
  std::vector<request> batch;
  const std::lock_guard lock(mutex_);
  const auto may_join = [&](const request& r) {
    return backend_->pipelines() && workers_ >= options_.pool_size &&
           batch.size() < most_commands_in_a_write && !r.what.holds_connection() &&
           !batch.back().what.holds_connection();
  };
  while (!waiting_.empty() && (batch.empty() || may_join(waiting_.front()))) {
    auto first = std::move(waiting_.front());
    waiting_.pop_front();
    if (!first.is_unwanted()) batch.push_back(std::move(first));
  }
  if (batch.empty()) --workers_;
  return batch;
}

std::vector<request> service::overdue(bool all) {
  std::vector<request> late;
  const auto oldest = clock::now() - options_.times.wait;
  const std::lock_guard lock(mutex_);
  while (!waiting_.empty() && (all || waiting_.front().since() < oldest)) {
    late.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  return late;
}

void service::sweep() {
  for (auto& r : overdue(false))
    r.fail("no connection became free within " + shown(options_.times.wait) + " (wait_timeout): all " +
           std::to_string(options_.pool_size) + " (pool_size) to " + options_.nodes.front().name() +
           " are busy");
  connections_.close_idle_since(clock::now() - longest_idle);
}

}  // namespace redis
