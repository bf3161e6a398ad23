#include "spool/committer.hpp"

#include <pthread.h>

#include <algorithm>

#include <asio/associated_executor.hpp>
#include <asio/async_result.hpp>
#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>

#include "log/log.hpp"

namespace godwit::spool {

namespace {

/// Bounds the memory and the latency of one group; a larger message makes a group of its own.
constexpr std::size_t group_bytes = 32 * 1024 * 1024;
/// Removals need no flush: they wait for a group of stores, but not for long.
constexpr auto removal_wait = std::chrono::milliseconds(100);
constexpr std::size_t removals_at_once = 1000;
constexpr auto first_retry = std::chrono::seconds(2);

}  // namespace

committer::committer(record_store& target, body_table& bodies, committer_limits limits)
    : store_(target),
      bodies_(bodies),
      limits_(limits),
      commits_(metrics::get_counter("godwit_spool_commits", "Groups written to the spool.")),
      messages_(metrics::get_counter("godwit_spool_commit_messages", "Messages in the groups written to the spool.")),
      flushes_(metrics::get_counter("godwit_spool_flushes", "Flushes to disk for the groups written to the spool.")),
      failures_(metrics::get_counter("godwit_spool_commit_failures", "Groups that could not be written to the spool.")),
      failing_(metrics::get_gauge("godwit_spool_failing", "1 while the spool cannot be written and mail is refused.")),
      thread_([this] { run(); }) {}

committer::~committer() { close(); }

rt::task<result<void>> committer::submit(request_ref r) {
  // Named, and `r` by reference to this frame: GCC 12 destroys a capture with a destructor twice when the lambda is a
  // temporary of the co_await expression.
  const auto start = [this, &r](auto handler) {
    r->home = &asio::get_associated_executor(handler).context();
    r->suspended = std::make_unique<waiter_of<decltype(handler)>>(std::move(handler));
    enqueue(r);
  };
  co_await asio::async_initiate<const asio::use_awaitable_t<rt::executor>, void()>(start, rt::use_task);
  co_return r->take_outcome();
}

void committer::enqueue(request_ref r) {
  r->started = clock::now();
  bool must_wake = false;
  {
    const std::lock_guard lock(mutex_);
    if (!is_closing_) {
      incoming_.push_back(std::move(r));
      must_wake = is_sleeping_ && incoming_.size() >= wake_at_;
    }
  }
  if (must_wake) wake_.notify_one();
  if (!r) return;
  std::vector<request_ref> refused{std::move(r)};
  complete(refused, fail("spool: closed"));
}

void committer::remove(const uuid& message, const uuid& body) {
  bool must_wake = false;
  {
    const std::lock_guard lock(mutex_);
    if (removals_.empty()) removals_due_ = clock::now() + removal_wait;
    removals_.push_back({message, body});
    must_wake = is_sleeping_ && (removals_.size() == 1 || removals_.size() == removals_at_once);
  }
  if (must_wake) wake_.notify_one();
}

void committer::discard(std::vector<operation> erases) {
  const std::lock_guard lock(mutex_);
  discards_.insert(discards_.end(), erases.begin(), erases.end());
  wake_.notify_one();
}

void committer::run() {
  pthread_setname_np(pthread_self(), "spool-commit");
  std::unique_lock lock(mutex_);
  while (wait_for_work(lock)) {
    take_group();
    lock.unlock();
    if (is_failing_ && clock::now() >= retry_at_) probe();
    commit_group();
    lock.lock();
  }
  lock.unlock();
  finish();
}

/// What a failing disk has left to be removed is tried once more: it would be delivered again after the next start.
void committer::finish() {
  if (erases_.empty() || !limits_.may_recover) return;
  if (is_failing_) probe();
  if (!is_failing_) commit_group();
}

committer::clock::time_point committer::next_duty() const {
  if (is_failing_) return retry_at_;
  if (!discards_.empty() || !late_.empty() || removals_.size() >= removals_at_once) return clock::time_point::min();
  return removals_.empty() ? clock::time_point::max() : removals_due_;
}

/// False: closing, and nothing is left to write.
bool committer::wait_for_work(std::unique_lock<std::mutex>& lock) {
  for (;;) {
    if (!incoming_.empty()) {
      wait_for_company(lock);
      return true;
    }
    if (is_closing_) return !removals_.empty() || !discards_.empty() || !late_.empty();
    const auto due = next_duty();
    if (due <= clock::now()) return true;
    is_sleeping_ = true;
    // wait_until(max) overflows inside the library when clocks are converted.
    due == clock::time_point::max() ? wake_.wait(lock) : void(wake_.wait_until(lock, due));
    is_sleeping_ = false;
  }
}

void committer::wait_for_company(std::unique_lock<std::mutex>& lock) {
  const auto there = incoming_.size();
  const auto patience = pacing_.patience(there);
  has_waited_ = patience.count() > 0 && !is_closing_;
  if (!has_waited_) return;
  const auto until = clock::now() + patience;
  is_sleeping_ = true;
  wake_at_ = pacing_.expected();
  while (!is_closing_ && incoming_.size() < wake_at_) {
    if (wake_.wait_until(lock, until) == std::cv_status::timeout) break;
  }
  is_sleeping_ = false;
  wake_at_ = 1;
  gained_ = incoming_.size() - there;
}

void committer::take_group() {
  std::size_t bytes = 0;
  while (!incoming_.empty() && (current_.empty() || bytes + incoming_.front()->bytes() <= group_bytes)) {
    auto r = std::move(incoming_.front());
    incoming_.pop_front();
    if (r->is_settled()) continue;  // gave up before its turn came; its message may be in this group again
    bytes += r->bytes();
    current_.push_back(std::move(r));
  }
  current_started_ = clock::now();
  current_removals_.swap(removals_);
  for (auto* some : {&late_, &discards_}) {
    erases_.insert(erases_.end(), some->begin(), some->end());
    some->clear();
  }
}

void committer::add_erases(const std::vector<removal>& removals, std::vector<operation>& erases) {
  for (const auto& r : removals) {
    if (!r.message.is_nil()) {
      erases.push_back({.what = operation::kind::erase, .where = table::meta, .key = r.message});
      erases.push_back({.what = operation::kind::erase, .where = table::data, .key = r.message});
    }
    if (!r.body.is_nil() && bodies_.release(r.body)) {
      erases.push_back({.what = operation::kind::erase, .where = table::data, .is_body = true, .key = r.body});
    }
  }
}

/// Erases come before puts. A key that is erased and put in one group was erased first: its owner waits for its store
/// before it removes, but may store again what a failed commit is taking back.
void committer::commit_group() {
  add_erases(current_removals_, erases_);
  current_removals_.clear();
  group_.assign(erases_.begin(), erases_.end());
  auto wanted = durability::buffered;
  std::size_t messages = 0;
  for (const auto& r : current_) {
    group_.insert(group_.end(), r->operations().begin(), r->operations().end());
    messages += r->messages();
    if (r->wants_sync) wanted = durability::synced;
  }
  result<void> outcome;
  if (!group_.empty()) {
    std::uint64_t flushes = 0;
    outcome = store_.commit(group_, wanted, flushes);
    commits_->add();
    messages_->add(messages);
    flushes_->add(flushes);
    outcome ? note_success() : note_failure(outcome.why());
    if (wanted == durability::synced) note_pace();
  }
  if (outcome) erases_.clear();
  complete(current_, outcome);
  const std::lock_guard lock(mutex_);
  current_.clear();
}

/// Before those of the group are resumed, who would count as new arrivals.
void committer::note_pace() {
  const std::lock_guard lock(mutex_);
  pacing_.note({.size = current_.size(),
                .arrived = incoming_.size(),
                .flush = clock::now() - current_started_,
                .has_waited = has_waited_,
                .gained = gained_});
}

/// Resumes the sessions that still wait, with one post for each loop. What was written for a session that gave up, or
/// may have been written by a commit that failed, is taken back.
void committer::complete(std::vector<request_ref>& done, const result<void>& outcome) {
  std::vector<request_ref> settled;
  settled.reserve(done.size());
  for (auto& r : done) {
    const bool was_waiting = r->settle(outcome);
    if (!was_waiting || !outcome) undo(*r);
    if (was_waiting) settled.push_back(r);
  }
  resume(settled);
}

void committer::resume(std::vector<request_ref>& settled) {
  std::stable_sort(settled.begin(), settled.end(),
                   [](const auto& a, const auto& b) { return std::less<>{}(a->home, b->home); });
  for (auto first = settled.begin(); first != settled.end();) {
    auto* const home = (*first)->home;
    std::vector<std::unique_ptr<waiter>> waiters;
    for (; first != settled.end() && (*first)->home == home; ++first) waiters.push_back(std::move((*first)->suspended));
    asio::post(*home, [waiters = std::move(waiters)]() mutable {
      for (auto& w : waiters) {
        const auto mine = std::move(w);
        mine->resume();
      }
    });
  }
}

void committer::undo(const request& r) {
  std::vector<operation> erases;
  for (const auto& op : r.operations()) {
    if (op.is_fresh) erases.push_back(op.inverse());
  }
  if (!erases.empty()) discard(std::move(erases));
}

void committer::note_failure(const error& why) {
  failures_->add();
  failing_->set(1);
  if (!is_failing_.exchange(true)) {
    log::error("spool", "{}: mail is refused until {}", why.text,
               limits_.may_recover ? "writing succeeds again" : "a restart (allow_error_unlatch = false)");
    retry_pause_ = first_retry;
    if (limits_.may_recover) retry_at_ = clock::now() + retry_pause_;
  }
}

void committer::note_success() {
  if (!limits_.may_recover || !is_failing_.exchange(false)) return;
  retry_at_ = clock::time_point::max();
  failing_->set(0);
  log::info("spool", "writing succeeds again: mail is accepted");
}

/// The disk may have recovered: ask the store, more and more seldom.
void committer::probe() {
  if (auto ready = store_.probe()) {
    note_success();
    return;
  } else {
    log::warn("spool", "still not writable: {}", ready.why().text);
  }
  retry_pause_ = std::min<std::chrono::nanoseconds>(retry_pause_ * 2, limits_.longest_pause);
  retry_at_ = clock::now() + retry_pause_;
}

bool committer::is_stuck(clock::time_point now) const {
  const std::lock_guard lock(mutex_);
  return !current_.empty() && now - current_started_ > limits_.stuck_after;
}

/// Not when somebody of the group has given up waiting: what he removes may be in that group.
void committer::hasten_removals(clock::time_point now) {
  std::vector<removal> overdue;
  std::vector<operation> erases;
  {
    const std::lock_guard lock(mutex_);
    const bool is_left = std::any_of(current_.begin(), current_.end(), [](const auto& r) { return r->is_settled(); });
    if (current_.empty() || is_left) return;
    if (now >= removals_due_) overdue.swap(removals_);
    erases.swap(late_);
  }
  add_erases(overdue, erases);
  if (erases.empty() || store_.try_erase(erases)) return;
  const std::lock_guard lock(mutex_);
  late_ = std::move(erases);
  wake_.notify_one();
}

void committer::expire(clock::time_point now) {
  std::vector<request_ref> late;
  {
    const std::lock_guard lock(mutex_);
    const auto take_late = [&](const request_ref& r) {
      if (now - r->started > limits_.store_deadline && r->settle(fail("{}", write_timed_out))) late.push_back(r);
    };
    std::for_each(incoming_.begin(), incoming_.end(), take_late);
    std::for_each(current_.begin(), current_.end(), take_late);
  }
  if (late.empty()) return;
  log::warn("spool", "{} stores waited for more than {}", late.size(), format_duration(limits_.store_deadline));
  resume(late);
}

void committer::close() {
  {
    const std::lock_guard lock(mutex_);
    is_closing_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

}  // namespace godwit::spool
