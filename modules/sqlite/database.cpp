#include "database.hpp"

#include <utility>

namespace sqlite {

namespace sdk = godwit::sdk;

database::database(std::unique_ptr<connection> opened, std::shared_ptr<metrics> counted)
    : metrics_(std::move(counted)), connection_(std::move(opened)) {
  metrics_->open.add(1);
}

database::~database() {
  if (connection_) metrics_->open.add(-1);
}

void database::submit(request r) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(r));
    metrics_->waiting.add(1);
    if (std::exchange(is_working_, true)) return;
  }
  try {
    // The job lets go of the database on the pool's thread: the last reference closes it.
    sdk::run_job([self = shared_from_this()]() mutable { std::exchange(self, nullptr)->work(); }, [] {});
  } catch (const std::exception&) {
    while (auto refused = next()) refused->call.fail("the thread pool of modules takes no more work");
  }
}

std::optional<request> database::next() {
  const std::lock_guard lock(mutex_);
  is_working_ = !waiting_.empty();
  if (!is_working_) return std::nullopt;
  std::optional<request> first(std::move(waiting_.front()));
  waiting_.pop_front();
  metrics_->waiting.add(-1);
  return first;
}

void database::work() {
  while (auto r = next()) serve(*r);
}

void database::serve(request& r) {
  const auto is_cancelled = [&r] { return r.call.is_cancelled(); };
  if (is_cancelled()) return metrics_->cancelled.add();
  if (!connection_) return r.call.fail("connection was closed");
  if (r.sql.empty()) {
    connection_.reset();
    metrics_->open.add(-1);
    return r.call.answer(sdk::value());
  }
  const auto began = sdk::steady_now();
  try {
    auto result = connection_->execute(r.sql, r.parameters.view(), is_cancelled);
    metrics_->done.add();
    metrics_->duration.observe(sdk::steady_now() - began);
    r.call.answer(std::move(result));
  } catch (const std::exception& e) {
    (is_cancelled() ? metrics_->cancelled : metrics_->failed).add();
    metrics_->duration.observe(sdk::steady_now() - began);
    r.call.fail(e.what());
  }
}

handle::~handle() {
  try {
    sdk::run_job([d = std::move(database_)]() mutable { d.reset(); }, [] {});
  } catch (const std::exception&) {
    database_.reset();  // the module is being unloaded: close here
  }
}

}  // namespace sqlite
