#include "queue/delivery_session.hpp"

#include "base/internal_error.hpp"
#include "log/log.hpp"
#include "queue/engine.hpp"

namespace godwit::queue {

namespace {

steady_time now() { return std::chrono::steady_clock::now(); }

/// dispatcher_progress_watchdog_timeout, or its default: twice the longest wait of an SMTP session.
duration watchdog_limit(const egress_path_config& p, std::string_view protocol) {
  if (p.dispatcher_progress_watchdog_timeout) return *p.dispatcher_progress_watchdog_timeout;
  if (protocol != "smtp_client") return std::chrono::minutes(10);
  const auto longest = std::max({p.connect_timeout, p.banner_timeout, p.ehlo_timeout, p.starttls_timeout, p.auth_timeout,
                                 p.mail_from_timeout, p.rcpt_to_timeout, p.data_timeout, p.data_dot_timeout, p.rset_timeout});
  return std::max<duration>(longest * 2, std::chrono::seconds(60));
}

rt::task<> nothing() { co_return; }
rt::task<std::vector<bool>> unchanged(std::vector<bool> places) { co_return places; }

std::string whole_seconds(duration d) { return format_duration(std::chrono::round<std::chrono::seconds>(d)); }

}  // namespace

delivery_session::delivery_session(std::shared_ptr<engine> owner, ready_ref rq, std::shared_ptr<rt::canceller> stop)
    : engine_(std::move(owner)),
      rq_(std::move(rq)),
      waiter_(std::make_shared<waiter>(engine_->here().loop)),
      stop_(std::move(stop)),
      id_(uuid::make_v4().simple()),
      started_(now()),
      phase_since_(started_) {
  refresh();
}

/// Off the list of idle sessions however the wait ends.
struct delivery_session::listing {
  ready_queue& rq;
  const std::shared_ptr<waiter>& w;
  ~listing() { rq.forget(w); }
};

// Snapshots change between messages only: references given out stay valid until the next take().
void delivery_session::refresh() {
  auto v = rq_->view(now(), engine_->epoch());
  if (v.is_stale) engine_->resolver.refresh_path(rq_);
  path_ = std::move(v.path);
  source_ = std::move(v.source);
  site_ = std::move(v.site);
}

void delivery_session::fetch(std::size_t max, const std::shared_ptr<waiter>& w) const {
  if (fetched_.size() < max) fetched_.append(rq_->take(max - fetched_.size(), fetched_.empty() ? w : nullptr));
}

const std::string* delivery_session::peek_queue() const {
  fetch(1, nullptr);
  is_idle_ = fetched_.empty();
  return is_idle_ ? nullptr : &fetched_.front().queue->name();
}

rt::task<std::vector<mail::message_ref>> delivery_session::take(std::size_t max, std::chrono::nanoseconds idle) {
  std::vector<mail::message_ref> batch;
  const auto until = now() + idle;
  phase_since_.reset();
  max = std::max<std::size_t>(max, 1);
  while (!engine_->is_stopping()) {
    refresh();
    fetch(max, nullptr);
    if (fetched_.empty()) {
      const bool was_woken = co_await wait_for_work(until);
      if (!was_woken) break;
      continue;
    }
    co_await prepare(batch, until);
    if (!batch.empty() || now() >= until) break;
    if (fetched_.empty() && path_->config.suspended) break;
  }
  has_progress_ = true;
  note_progress("deliver", batch.empty() ? std::string{} : batch.front()->id.simple());
  taken_at_ = now();
  co_return batch;
}

// False when the time is over.
rt::task<bool> delivery_session::wait_for_work(steady_time until) {
  fetch(1, waiter_);
  if (!fetched_.empty()) co_return true;
  const listing listed{*rq_, waiter_};
  const auto left = until - now();
  if (left <= duration{0} || engine_->is_stopping()) co_return false;
  co_return co_await waiter_->event.wait(left);
}

// Throttles, then loads. What was fetched and may not go yet returns to the front of the queue.
rt::task<> delivery_session::prepare(std::vector<mail::message_ref>& batch, steady_time until) {
  while (!fetched_.empty()) {
    if (!path_->message_rates.empty()) {
      const bool may_go = co_await pass_rates(!batch.empty(), until);
      if (!may_go) co_return return_fetched();
    }
    held_.push_back(fetched_.pop_front());
    auto& e = *held_.back();
    if (!e.hot || !e.hot->content.is_loaded()) {
      auto loaded = co_await engine_->load_data(e);
      if (!loaded) {
        held_entry broken(*engine_, std::move(held_.back()));
        held_.pop_back();
        continue;  // logged; shelved
      }
    }
    batch.push_back(e.hot);
  }
}

// False when the first message may not go before `until`, however soon after that.
rt::task<bool> delivery_session::pass_rates(bool has_batch, steady_time until) {
  for (;;) {
    const auto r = queue::take_all(engine_->throttles, path_->message_rates, throttle_now());
    if (!r.throttled) co_return true;
    if (has_batch || engine_->is_stopping()) co_return false;
    if (r.wait > path_->config.idle_timeout) {
      delay_all({internal_response("ready queue throttled"), insert_context::message_rate_throttle, {}, false, *r.retry_after});
      co_return false;
    }
    const auto left = until - now();
    if (left <= duration{0}) co_return false;
    co_await waiter_->event.wait(std::min<duration>(r.wait, left));
  }
}

void delivery_session::delay_all(const requeue_order& order) {
  auto all = std::move(fetched_);
  all.append(rq_->take_all());
  all.each([](queue_entry& e) { e.queue->metrics().count_rate_throttle(); });
  engine_->requeuer.requeue_all(std::move(all), order);
}

void delivery_session::return_fetched() {
  if (fetched_.empty()) return;
  engine_->sessions.follow(rq_, rq_->put_front(std::move(fetched_)));
}

std::vector<entry_ptr>::iterator delivery_session::find_held(const mail::message_ref& m) {
  const auto at = std::find_if(held_.begin(), held_.end(), [&](const auto& e) { return e->hot == m; });
  if (at == held_.end()) on_internal_error("a session settled a message that it does not hold");
  return at;
}

held_entry delivery_session::take_held(const mail::message_ref& m) {
  const auto at = find_held(m);
  held_entry e(*engine_, std::move(*at));
  held_.erase(at);
  return e;
}

rt::task<> delivery_session::settle(mail::message_ref m, std::vector<outcome> outcomes, const delivery_trace& trace) {
  phase_since_.reset();
  if (is_lost(m)) return nothing();
  rq_->metrics().observe_delivery(std::chrono::duration<double>(now() - taken_at_).count());
  return settlement(*engine_, rq_, path_, trace).settle(take_held(m), std::move(outcomes));
}

// Records and removal before anything can be cancelled, as with settle().
rt::task<std::vector<bool>> delivery_session::settle_part(mail::message_ref m, std::vector<outcome> outcomes,
                                                          const delivery_trace& trace) {
  phase_since_.reset();
  std::vector<bool> gone(m->recipients.size(), false);
  if (is_lost(m)) return unchanged(std::move(gone));
  auto& e = **find_held(m);
  settlement(*engine_, rq_, path_, trace).settle_part(e, outcomes, gone);
  return save_part(e, std::move(gone));
}

rt::task<std::vector<bool>> delivery_session::save_part(queue_entry& e, std::vector<bool> gone) {
  co_await settlement::save(*engine_, e);
  note_progress("deliver", e.id.simple());
  co_return gone;
}

// The record is there when this returns, as with settle().
rt::task<> delivery_session::rebind(mail::message_ref m, mail::record_type type, mail::response r, const delivery_trace& trace) {
  phase_since_.reset();
  if (is_lost(m)) return nothing();
  auto e = take_held(m);
  engine_->book.write_attempt(type, r, *e, {*rq_, *path_}, trace);
  return engine_->requeuer.rebind(std::move(e));
}

void delivery_session::give_back(mail::message_ref m) {
  if (is_lost(m)) return;
  auto e = take_held(m);
  fetched_.push_front(e.pass());
  return_fetched();
}

rt::task<> delivery_session::connection_failed(mail::response r, const delivery_trace& trace) {
  has_progress_ = true;
  phase_since_.reset();
  if (rq_->note_failure() > path_->config.consecutive_connection_failures_before_delay) {
    rq_->note_success();  // counted anew after the delay
    mail::response no_answer{.code = 451, .enhanced = mail::enhanced_code{4, 4, 1},
                             .content = "No answer from any hosts listed in MX", .command = {}};
    co_await settle_all(mail::record_type::transient_failure, std::move(no_answer), insert_context::too_many_connection_failures);
    co_return;
  }
  fetch(1, nullptr);
  if (fetched_.empty()) co_return;
  held_entry first(*engine_, fetched_.pop_front());
  auto loaded = co_await engine_->load_meta(*first);
  if (!loaded) co_return;  // logged; shelved
  co_await settlement(*engine_, rq_, path_, trace).fail(std::move(first), mail::record_type::transient_failure, std::move(r));
}

// What waits is in fetched_ before the task starts: whatever is left when the session is cancelled returns to the queue.
rt::task<> delivery_session::settle_all(mail::record_type type, mail::response r, insert_context why) {
  has_progress_ = true;
  phase_since_.reset();
  fetched_.append(rq_->take_all());
  return fail_fetched(type, std::move(r), why);
}

// A stop does not wait for all of a long queue: the rest is saved with it and meets the same fate after the next start.
rt::task<> delivery_session::fail_fetched(mail::record_type type, mail::response r, insert_context why) {
  settlement all(*engine_, rq_, path_, {}, why);
  while (!fetched_.empty() && !engine_->is_stopping()) {
    held_entry held(*engine_, fetched_.pop_front());
    auto loaded = co_await engine_->load_meta(*held);
    if (!loaded) continue;  // logged; shelved
    auto one = all.fail(std::move(held), type, r);
    co_await std::move(one);
  }
}

void delivery_session::source_failed(source_trouble what, std::string_view why) {
  if (!engine_->health.note(*source_, what, why, now())) return;
  for (const auto& rq : engine_->ready.all()) {
    if (rq->source_name() == source_->name) engine_->requeuer.requeue_all(rq->take_all(), source_suspended());
  }
}

void delivery_session::note_progress(std::string_view phase, std::string detail) {
  phase_ = phase;
  detail_ = std::move(detail);
  phase_since_ = now();
}

void delivery_session::watch(steady_time t) {
  if (!phase_since_ || is_aborted_) return;
  const duration stuck = t - *phase_since_;
  if (stuck <= watchdog_limit(path_->config, site_->protocol)) return;
  auto what = fmt::format("dispatcher watchdog aborted task; phase={} detail=\"{}\" session={} age={} time_in_phase={}", phase_,
                          detail_, id_, whole_seconds(t - started_), whole_seconds(stuck));
  log::warn("queue", "{}: {}", rq_->name(), what);
  rq_->metrics().count_abort();
  is_aborted_ = has_progress_ = true;
  requeue_aborted(std::move(what));
  stop_->cancel();
}

void delivery_session::stop() {
  if (phase_since_ && held_.empty()) stop_->cancel();
}

// Before the cancellation, which the agent may take for an answer. Only the first of a batch was under way: the others
// return to the front of the queue with the session's end.
void delivery_session::requeue_aborted(std::string what) {
  if (held_.empty()) {
    fetch(1, nullptr);
    if (fetched_.empty()) return;
    held_.push_back(fetched_.pop_front());
  }
  held_entry e(*engine_, std::move(held_.front()));
  held_.erase(held_.begin());
  mail::response r{.code = 451, .enhanced = mail::enhanced_code{4, 4, 1}, .content = std::move(what), .command = {}};
  requeue_order order{std::move(r), insert_context::logged_transient_failure, mail::record_type::delayed, true, {}};
  engine_->requeuer.requeue_later(std::move(e), std::move(order));
}

/// The watchdog took it from the agent, whose answer comes too late.
bool delivery_session::is_lost(const mail::message_ref& m) const {
  return is_aborted_ && std::none_of(held_.begin(), held_.end(), [&](const auto& e) { return e->hot == m; });
}

void delivery_session::finish() {
  for (auto& e : held_) fetched_.push_back(std::move(e));
  held_.clear();
  return_fetched();
}

std::shared_ptr<void> delivery_session::ends_with(std::shared_ptr<delivery_session> self) {
  return std::shared_ptr<void>(static_cast<void*>(this), [self](void*) { self->finish(); });
}

}  // namespace godwit::queue
