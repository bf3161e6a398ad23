#include "queue/administration.hpp"

#include <unordered_set>

#include "queue/engine.hpp"

namespace godwit::queue {

namespace {

constexpr std::size_t quick_step = 4096;  // entries looked at under one lock
constexpr std::size_t careful_step = 256;  // … when messages are looked into, or changed
constexpr std::size_t workers = 16;        // messages loaded side by side
constexpr auto whole_step = std::chrono::hours(1);

wall_time wall(steady_time t) {
  const auto from_now = t - std::chrono::steady_clock::now();
  return std::chrono::system_clock::now() + std::chrono::duration_cast<wall_time::duration>(from_now);
}

bool is_selected(const selection& which, const queue_entry& e) { return !which.queue || which.queue(e.queue->parts()); }

/// What the message filter needs is in memory.
bool can_judge(const selection& which, const queue_entry& e) {
  return e.hot && (!which.needs_data || e.hot->content.is_loaded());
}

}  // namespace

std::size_t administration::shard_count() { return scheduled_directory::shard_count; }

std::vector<scheduled_view> administration::scheduled(std::size_t shard) const {
  std::vector<scheduled_view> views;
  for (const auto& q : engine_.scheduled.in_shard(shard)) {
    const auto delayed = q->waiting.load(std::memory_order_relaxed);
    const auto all = q->users();
    const auto config = q->config();
    const auto via = q->last_route();
    views.push_back({q->parts(), config ? config->egress_pool : "", delayed, all - std::min(all, delayed),
                     q->delivered.load(std::memory_order_relaxed), q->failed.load(std::memory_order_relaxed),
                     via ? via->candidates : std::vector<ready_ref>{}});
  }
  return views;
}

std::size_t administration::delayed(std::size_t shard) const {
  std::size_t n = 0;
  for (const auto& q : engine_.scheduled.in_shard(shard)) n += q->waiting.load(std::memory_order_relaxed);
  return n;
}

template <class Text>
std::vector<std::string> administration::begin_with(std::string_view prefix, std::size_t most, Text text_of) const {
  std::vector<std::string> found;
  for (std::size_t i = 0; i < shard_count() && found.size() < most; ++i) {
    for (const auto& q : engine_.scheduled.in_shard(i)) {
      if (text_of(*q).starts_with(prefix)) found.push_back(text_of(*q));
    }
  }
  return found;
}

std::vector<std::string> administration::names(std::string_view prefix, std::size_t most) const {
  return begin_with(prefix, most, [](const scheduled_queue& q) -> const std::string& { return q.name(); });
}

std::vector<std::string> administration::domains(std::string_view prefix, std::size_t most) const {
  return begin_with(prefix, most, [](const scheduled_queue& q) -> const std::string& { return q.parts().domain; });
}

rt::task<> administration::sweep(const tour& t) {
  co_await sweep_delayed(t);
  if (t.delayed_only) co_return;
  co_await sweep_parked(t);
  co_await sweep_ready(t);
}

rt::task<> administration::sweep_delayed(const tour& t) {
  for (auto& room : engine_.rooms) {
    delay_line::walk through(room->line);
    const place here{nullptr, &room->line};
    const timer_wheel::visitor visit = [&](queue_entry& e) { return t.wanted(e, here); };
    for (bool is_more = true; is_more && !t.is_over();) {
      entry_list taken;
      is_more = through.next(t.step, visit, taken);
      taken.each([this](queue_entry& e) { engine_.end_wait(e); });
      auto held = hold(std::move(taken));
      co_await conclude_step(std::move(held), here, t);
    }
  }
}

rt::task<> administration::sweep_parked(const tour& t) {
  const place here;
  const timer_wheel::visitor visit = [&](queue_entry& e) { return t.wanted(e, here); };
  for (std::size_t i = 0; i < shard_count() && !t.is_over(); ++i) {
    entry_list taken;
    for (const auto& q : engine_.scheduled.in_shard(i)) q->look_parked(visit, taken);
    auto held = hold(std::move(taken));
    co_await conclude_step(std::move(held), here, t);
  }
}

rt::task<> administration::sweep_ready(const tour& t) {
  for (const auto& rq : engine_.ready.all()) {
    const place here{&rq, nullptr};
    const timer_wheel::visitor visit = [&](queue_entry& e) { return t.wanted(e, here); };
    ready_queue::cursor at(*rq);
    for (bool is_more = true; is_more && !t.is_over();) {
      entry_list taken;
      is_more = rq->look(at, t.step, visit, taken);
      auto held = hold(std::move(taken));
      co_await conclude_step(std::move(held), here, t);
    }
  }
}

administration::held_list administration::hold(entry_list taken) {
  held_list held;
  held.reserve(taken.size());
  while (auto e = taken.pop_front()) held.emplace_back(engine_, std::move(e));
  return held;
}

// Of what is parked all is given at once, so a step may be of several parts. A part is dealt with to the end, also when the
// operator gave up meanwhile: he is heard after it.
rt::task<> administration::conclude_step(held_list held, const place& where, const tour& t) {
  auto& loop = engine_.here().loop;
  std::size_t at = 0;
  do {
    held_list part;
    for (; at < held.size() && part.size() < t.step; ++at) part.push_back(std::move(held[at]));
    const auto step = [&] { return t.after(part, where); };
    co_await rt::run_shielded(loop, step);
    co_await asio::post(loop.io(), rt::use_task);  // others have a turn
    if (t.pause) co_await t.pause();
  } while (at < held.size());
}

message_view administration::view(const queue_entry& e, const place& where) const {
  message_view v;
  v.id = e.id;
  v.queue = e.queue->name();
  v.attempts = e.attempts;
  v.last_code = e.last_code;
  v.is_active = where.line == nullptr;
  v.due = where.line ? wall(where.line->due_of(e)) : std::chrono::system_clock::now();
  if (where.via) v.source = (*where.via)->source_name();
  if (e.hot) v.message = std::make_shared<mail::message>(*e.hot);
  return v;
}

rt::task<> administration::list(selection of, on_message each) {
  std::vector<message_view> seen;
  bool is_wanted = true;
  const look note = [&](queue_entry& e, const place& where) {
    if (is_selected(of, e)) seen.push_back(view(e, where));
    return false;
  };
  const after_step tell = [&](held_list&, const place&) -> rt::task<> {
    auto batch = std::exchange(seen, {});
    for (auto& v : batch) {
      if (!is_wanted) co_return;
      is_wanted = co_await each(std::move(v));
    }
  };
  const tour through{.step = careful_step, .wanted = note, .after = tell, .has_enough = [&is_wanted] { return !is_wanted; }};
  co_await sweep(through);
}

rt::task<std::optional<message_view>> administration::find(uuid id) {
  std::optional<message_view> found;
  const look note = [&](queue_entry& e, const place& where) {
    if (e.id == id) found = view(e, where);
    return false;
  };
  const after_step nothing = [](held_list&, const place&) -> rt::task<> { co_return; };
  const tour through{.step = quick_step, .wanted = note, .after = nothing, .has_enough = [&found] { return found.has_value(); }};
  co_await sweep(through);
  co_return found;
}

rt::task<result<mail::message_ref>> administration::load(const message_view& of, bool with_data) {
  auto m = of.message;
  if (!m) {
    auto loaded = co_await engine_.parts.store.load_meta(of.id);
    if (!loaded) co_return loaded.why();
    m = std::move(*loaded);
  }
  if (with_data && !m->content.is_loaded()) {
    auto loaded = co_await engine_.parts.store.load_data(*m);
    if (!loaded) co_return loaded.why();
  }
  co_return m;
}

/// Finds out about a message that nobody has in memory as the filter needs it. One that is gone matches nothing.
rt::task<> administration::settle_one(const selection& which, candidate& c) {
  c.is_open = false;
  auto loaded = co_await load(c.seen, which.needs_data);
  const bool is_match = loaded && which.message(**loaded);
  if (is_match) {
    c.seen.message = std::move(*loaded);
  } else {
    c.seen.id = uuid{};
  }
}

rt::task<> administration::judge(const selection& which, std::vector<candidate>& noticed) {
  std::size_t next = 0;
  const auto work = [&]() -> rt::task<> {
    while (next < noticed.size()) {
      auto& one = noticed[next++];
      if (one.is_open) co_await settle_one(which, one);
    }
  };
  rt::gate crew(engine_.here().loop, "administration");
  for (std::size_t i = 0; i < workers && i < noticed.size(); ++i) crew.spawn("worker", work);
  co_await crew.drain(whole_step);
  std::erase_if(noticed, [](const candidate& c) { return c.seen.id == uuid{}; });
}

rt::task<bool> administration::finish(held_entry e, const std::optional<mail::response>& r) {
  auto loaded = co_await engine_.load_meta(*e);
  if (!loaded) co_return false;  // logged; shelved
  e->queue->failed.fetch_add(1, std::memory_order_relaxed);
  if (r) {
    engine_.requeuer.finish(std::move(e), mail::record_type::admin_bounce, *r);
  } else {
    engine_.remove(e.pass());
  }
  co_return true;
}

rt::task<std::size_t> administration::finish_all(held_list& taken, const std::optional<mail::response>& r) {
  std::size_t next = 0, done = 0;
  const auto work = [&]() -> rt::task<> {
    while (next < taken.size()) {
      auto e = std::move(taken[next++]);
      const bool is_done = co_await finish(std::move(e), r);
      done += is_done;
    }
  };
  rt::gate crew(engine_.here().loop, "administration");
  for (std::size_t i = 0; i < workers && i < taken.size(); ++i) crew.spawn("worker", work);
  co_await crew.drain(whole_step);
  co_return done;
}

// Messages that have to be looked into are found first and taken in a second sweep: what does not match stays in place.
rt::task<std::size_t> administration::fail_messages(selection which, std::optional<mail::response> r, on_progress tell) {
  std::size_t n = 0;
  std::unordered_set<uuid> ids;
  if (which.message) {
    const on_message remember = [&ids](message_view v) -> rt::task<bool> {
      ids.insert(v.id);
      co_return true;
    };
    const on_progress none_yet = [&tell](std::size_t) -> rt::task<> {
      if (tell) co_await tell(0);
    };
    co_await count_messages(which, remember, none_yet);
  }
  const look wanted = [&](queue_entry& e, const place&) {
    return which.message ? ids.contains(e.id) : is_selected(which, e);
  };
  const after_step end = [&](held_list& taken, const place&) -> rt::task<> {
    const auto done = co_await finish_all(taken, r);
    n += done;
  };
  const auto pause = [&]() -> rt::task<> {
    if (tell) co_await tell(n);
  };
  const tour through{careful_step, wanted, end, pause};
  co_await sweep(through);
  co_return n;
}

rt::task<std::size_t> administration::count_messages(selection which, on_message each, on_progress tell) {
  std::size_t n = 0;
  bool is_wanted = true;
  std::vector<candidate> noticed;
  const look note = [&](queue_entry& e, const place& where) {
    if (!is_selected(which, e)) return false;
    const bool is_open = which.message && !can_judge(which, e);
    if (which.message && !is_open && !which.message(*e.hot)) return false;
    if (!is_wanted && !is_open) {
      ++n;
    } else {
      noticed.push_back({view(e, where), is_open});
    }
    return false;
  };
  const after_step look_into = [&](held_list&, const place&) -> rt::task<> {
    auto batch = std::exchange(noticed, {});
    co_await judge(which, batch);
    n += batch.size();
    for (auto& c : batch) {
      if (!is_wanted) break;
      is_wanted = co_await each(std::move(c.seen));
    }
  };
  const auto pause = [&]() -> rt::task<> {
    if (tell) co_await tell(n);
  };
  const tour through{careful_step, note, look_into, pause};
  co_await sweep(through);
  co_return n;
}

/// Delayed entries that were taken out to be promoted. What is not promoted waits for its time as before.
class administration::harvest {
 public:
  explicit harvest(engine& owner) : engine_(owner) {}
  harvest(const harvest&) = delete;
  ~harvest() {
    for (auto& [entry, due] : all_) {
      if (entry) engine_.wait_until(entry.pass(), due);
    }
  }

  void add(held_list& taken, const delay_line& from) {
    for (auto& e : taken) {
      const auto due = from.due_of(*e);
      all_.push_back({std::move(e), due});
    }
  }
  std::size_t size() const { return all_.size(); }
  held_entry take(std::size_t i) { return std::move(all_[i].entry); }

 private:
  struct one {
    held_entry entry;
    steady_time due;
  };
  engine& engine_;
  std::vector<one> all_;
};

// Taken out first and promoted afterwards: what finds no room waits anew, and must not be met again.
rt::task<std::size_t> administration::flush(selection which, on_progress tell) {
  harvest all(engine_);
  const look wanted = [&which](queue_entry& e, const place&) { return is_selected(which, e); };
  const after_step keep = [&](held_list& taken, const place& where) -> rt::task<> {
    all.add(taken, *where.line);
    co_return;
  };
  const auto none_yet = [&tell]() -> rt::task<> {
    if (tell) co_await tell(0);
  };
  const tour through{.step = quick_step, .wanted = wanted, .after = keep, .pause = none_yet, .delayed_only = true};
  co_await sweep(through);
  auto& loop = engine_.here().loop;
  for (std::size_t i = 0; i < all.size(); ++i) {
    engine_.promoter.promote(all.take(i));
    if (i % careful_step != careful_step - 1) continue;
    co_await asio::post(loop.io(), rt::use_task);
    if (tell) co_await tell(i + 1);
  }
  co_return all.size();
}

rt::task<std::optional<held_entry>> administration::take(uuid id) {
  std::optional<held_entry> found;
  const look wanted = [&](queue_entry& e, const place&) { return e.id == id; };
  const after_step keep = [&](held_list& taken, const place&) -> rt::task<> {
    for (auto& e : taken) found.emplace(std::move(e));
    co_return;
  };
  const tour through{.step = quick_step, .wanted = wanted, .after = keep, .has_enough = [&found] { return found.has_value(); }};
  co_await sweep(through);
  co_return found;
}

rt::task<bool> administration::fail_message(uuid id, std::optional<mail::response> r) {
  auto found = co_await take(id);
  if (!found) co_return false;
  co_return co_await finish(std::move(*found), r);
}

rt::task<bool> administration::retry_message(uuid id) {
  auto found = co_await take(id);
  if (!found) co_return false;
  engine_.promoter.promote(std::move(*found));
  co_return true;
}

}  // namespace godwit::queue
