#include "lua_api/memo_store.hpp"

namespace godwit::lua_api {

using steady = std::chrono::steady_clock;

const config::options<memo_options>& memo_option_table() {
  using m = memo_options;
  static const auto& table =
      (new config::options<m>("memoize", "A cache of a function's results."))
          ->required("name", &m::name, "Name of the cache, one per purpose.")
          .required("ttl", &m::ttl, "Life of an entry.")
          .required("capacity", &m::capacity, "Most entries; the eldest goes.")
          .field("invalidate_with_epoch", &m::invalidate_with_epoch,
                 "Entries end with the configuration epoch.")
          .field("populate_timeout", &m::populate_timeout, "How long others wait for one call.")
          .field("retry_on_populate_timeout", &m::retry_on_populate_timeout, "Wait again instead of raising.")
          .field("allow_stale_reads", &m::allow_stale_reads, "An expired value serves while it is renewed.");
  return table;
}

rt::task<memo_answer_ref> memo_flight::wait(std::chrono::nanoseconds limit) {
  auto* home = rt::loop::current();
  auto wake = std::make_shared<rt::event>(*home);
  {
    const std::scoped_lock lock(mutex_);
    if (answer_) co_return answer_;
    waiters_.push_back({home, wake});
  }
  co_await wake->wait(limit);
  const std::scoped_lock lock(mutex_);
  co_return answer_;
}

void memo_flight::land(memo_answer_ref answer) {
  const std::scoped_lock lock(mutex_);
  if (answer_) return;
  answer_ = std::move(answer);
  for (auto& w : waiters_) {
    w.home->post([wake = std::move(w.wake)] { wake->notify(); });
  }
  waiters_.clear();
}

namespace {

std::shared_ptr<metrics::counter> counter_of(const memo_options& o, std::string_view what) {
  return metrics::get_counter(fmt::format("memoize_cache_{}_count", what), {}, {{"cache_name", o.name}});
}

}  // namespace

memo_cache::memo_cache(memo_options options)
    : options_(std::move(options)),
      lookups_(counter_of(options_, "lookup")),
      hits_(counter_of(options_, "hit")),
      misses_(counter_of(options_, "miss")),
      populated_(counter_of(options_, "populated")) {}

bool memo_cache::is_valid(const entry& e, std::uint64_t epoch) const {
  if (options_.invalidate_with_epoch && !options_.allow_stale_reads && e.epoch != epoch) return false;
  return steady::now() < e.expires;
}

memo_cache::lookup memo_cache::find(const std::string& key, std::uint64_t epoch) {
  const std::scoped_lock lock(mutex_);
  lookups_->add();
  const auto known = entries_.find(key);
  if (known != entries_.end() && is_valid(known->second, epoch)) {
    hits_->add();
    return {known->second.answer, nullptr, false};
  }
  misses_->add();
  auto& flight = flights_[key];
  const bool is_leader = !flight;
  if (is_leader)
    flight = std::make_shared<memo_flight>();
  else if (options_.allow_stale_reads && known != entries_.end())
    return {known->second.answer, nullptr, false};
  return {nullptr, flight, is_leader};
}

void memo_cache::settle(const std::string& key, const std::shared_ptr<memo_flight>& flight,
                        memo_answer_ref answer, std::uint64_t epoch) {
  {
    const std::scoped_lock lock(mutex_);
    if (const auto at = flights_.find(key); at != flights_.end() && at->second == flight) flights_.erase(at);
    if (!answer->failure && !answer->refusal && options_.capacity > 0) {
      if (const auto old = entries_.find(key); old != entries_.end()) {
        by_age_.erase(old->second.age);
        entries_.erase(old);
      }
      while (entries_.size() >= options_.capacity) {
        entries_.erase(by_age_.front());
        by_age_.pop_front();
      }
      populated_->add();
      by_age_.push_back(key);
      entries_.emplace(key, entry{answer, steady::now() + options_.ttl, epoch, std::prev(by_age_.end())});
    }
  }
  flight->land(std::move(answer));
}

std::size_t memo_cache::size() const {
  const std::scoped_lock lock(mutex_);
  return entries_.size();
}

std::shared_ptr<memo_cache> memo_store::get(const memo_options& options) {
  const std::scoped_lock lock(mutex_);
  auto& cache = caches_[options.name];
  if (!cache) cache = std::make_shared<memo_cache>(options);
  return cache;
}

}  // namespace godwit::lua_api
