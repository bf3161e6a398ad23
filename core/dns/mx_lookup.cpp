#include "dns/mx_lookup.hpp"

#include "base/duration.hpp"
#include "dns/landing.hpp"
#include "dns/record.hpp"

namespace godwit::dns {

namespace {

std::string key_of(const destination& d) { return d.port ? fmt::format("{}:{}", d.name, *d.port) : d.name; }

}  // namespace

mx_lookup::mx_lookup(backend& from, const resolver_options& options)
    : backend_(from),
      concurrency_limit_(options.mx_concurrency_limit),
      timeout_(options.mx_timeout),
      negative_ttl_(options.mx_negative_cache_ttl),
      cache_(mx_cache_name, options.cache_size),
      ok_(metrics::get_counter("dns_mx_resolve_status_ok", "MX look-ups that succeeded")),
      failed_(metrics::get_counter("dns_mx_resolve_status_fail", "MX look-ups that failed")),
      hit_(metrics::get_counter("dns_mx_resolve_cache_hit", "MX look-ups answered by the cache")),
      miss_(metrics::get_counter("dns_mx_resolve_cache_miss", "MX look-ups the cache had no answer for")),
      in_progress_(metrics::get_gauge("dns_mx_resolve_in_progress", "MX look-ups under way")) {}

rt::task<result<mx_ref>> mx_lookup::find(destination d) {
  if (d.literal) co_return literal_exchanger(d);
  auto key = key_of(d);
  if (auto known = cache_.find(key, rt::steady_clock::now())) {
    hit_->add();
    co_return std::move(*known);
  }
  miss_->add();
  const rt::executor here = co_await asio::this_coro::executor;
  auto arrival = std::make_shared<landing<mx_ref>>();
  using role = shared_cache<mx_ref>::role;
  if (cache_.join(key, rt::steady_clock::now(), landing_waiter(arrival, here)) == role::leads) {
    start(std::make_shared<job>(job{.wanted = std::move(d), .key = key}));
  }
  auto outcome = co_await landed(arrival, timeout_);
  if (outcome) co_return std::move(*outcome);
  expire(key);
  co_return fail("MX look-up of {} timed out after {}", key, format_duration(timeout_));
}

std::optional<cached_answer> mx_lookup::cached(const destination& d) const {
  const auto known = cache_.peek(key_of(d), rt::steady_clock::now());
  if (!known) return std::nullopt;
  cached_answer c{std::chrono::floor<std::chrono::seconds>(known->ttl), {}, {}};
  if (!known->value) {
    c.note = known->value.why().text;
    return c;
  }
  const auto& mx = **known->value;
  if (!mx.is_mx) c.note = fmt::format("{} has no MX: it is its own exchanger", mx.domain_name);
  if (mx.is_null_mx) c.records.emplace_back("0 .");
  if (!mx.is_mx || mx.is_null_mx) return c;
  for (const auto& [preference, hosts] : mx.by_pref) {
    for (const auto& host : hosts) c.records.push_back(fmt::format("{} {}.", preference, host));
  }
  return c;
}

bool mx_lookup::list(cursor& from, std::size_t most, std::vector<cached_name>& to) {
  return cache_.look(from, most, rt::steady_clock::now(), [&to](const std::string& key, const result<mx_ref>& outcome, duration ttl) {
    to.push_back({key, type::mx, references(outcome), std::chrono::floor<std::chrono::seconds>(ttl)});
  });
}

void mx_lookup::start(const job_ref& j) {
  in_progress_->add();
  {
    std::lock_guard lock(mutex_);
    jobs_[j->key] = j;
    if (running_ >= concurrency_limit_) {
      queued_.push_back(j);
      return;
    }
    ++running_;
    j->has_slot = true;
  }
  ask(j);
}

void mx_lookup::ask(const job_ref& j) {
  backend_.ask(j->wanted.name, type::mx, [this, j](result<answer> got) { on_answer(j, std::move(got)); });
}

void mx_lookup::on_answer(const job_ref& j, result<answer> got) {
  auto outcome = got ? exchanger_of(j->wanted, *got)
                     : result<mx_ref>(fail("MX look-up of {}: {}", j->wanted.name, got.why().text));
  const bool in_time = finish(j);
  // What comes too late still serves the next caller; a late failure says nothing new.
  if (in_time || outcome) remember(j, outcome, outcome ? duration(got->ttl) : negative_ttl_);
}

void mx_lookup::expire(const std::string& key) {
  job_ref j;
  {
    std::lock_guard lock(mutex_);
    const auto at = jobs_.find(key);
    if (at == jobs_.end()) return;
    j = at->second;
  }
  if (!finish(j)) return;
  queries_.timeouts_of(query_kind::mx).add();
  remember(j, fail("MX look-up of {} timed out after {}", key, format_duration(timeout_)), negative_ttl_);
}

/// Gives the job's slot to the next one. False when the job had been finished before.
bool mx_lookup::finish(const job_ref& j) {
  job_ref next;
  {
    std::lock_guard lock(mutex_);
    if (j->done) return false;
    j->done = true;
    jobs_.erase(j->key);
    next = release_slot(*j);
  }
  in_progress_->add(-1);
  if (next) ask(next);
  return true;
}

mx_lookup::job_ref mx_lookup::release_slot(job& j) {
  if (!j.has_slot) return nullptr;
  while (!queued_.empty()) {
    auto next = std::move(queued_.front());
    queued_.pop_front();
    if (next->done) continue;  // timed out while it was queued
    next->has_slot = true;
    return next;
  }
  --running_;
  return nullptr;
}

void mx_lookup::remember(const job_ref& j, const result<mx_ref>& outcome, std::chrono::nanoseconds ttl) {
  (outcome ? ok_ : failed_)->add();
  cache_.settle(j->key, outcome, ttl, rt::steady_clock::now());
}

}  // namespace godwit::dns
