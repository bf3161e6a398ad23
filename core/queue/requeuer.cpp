#include "queue/requeuer.hpp"

#include <random>

#include "log/log.hpp"
#include "queue/engine.hpp"
#include "queue/retry_policy.hpp"

namespace godwit::queue {

namespace {

double chance() {
  thread_local std::minstd_rand source(std::random_device{}());
  return std::generate_canonical<double, 31>(source);
}

config_ref config_of(const scheduled_queue& q) {
  static const auto defaults = std::make_shared<const queue_config>();  // until the policy has answered once
  auto c = q.config();
  return c ? c : defaults;
}

const mail::schedule* schedule_of(const mail::message& m) { return m.schedule ? &*m.schedule : nullptr; }

wall_time after(duration d) {
  return std::chrono::system_clock::now() + std::chrono::duration_cast<wall_time::duration>(d);
}

/// Reads well in a record: whole seconds above ten of them.
std::string short_duration(duration d) {
  d = std::max(d, duration{0});
  if (d >= std::chrono::seconds(10)) return format_duration(std::chrono::round<std::chrono::seconds>(d));
  return format_duration(std::chrono::round<std::chrono::milliseconds>(d));
}

retry_plan plan_of(const queue_entry& e, const requeue_order& order) {
  const auto config = config_of(*e.queue);
  const auto& m = *e.hot;
  if (!order.increment) return plan_hold(*config, schedule_of(m), m.created(), after(order.delay.value_or(duration{0})));
  return plan_retry(*config, schedule_of(m), m.created(), std::chrono::system_clock::now(), e.attempts, chance(),
                    order.delay);
}

memory_policy shrink_policy_for(const queue_config& q, duration until_due) {
  auto policy = memory_policy::shrink_data_and_meta;
  for (const auto& rule : q.shrink_policy) {
    if (rule.interval <= until_due) policy = rule.policy;
  }
  return policy;
}

}  // namespace

mail::response internal_response(std::string text) {
  return {.code = 451, .enhanced = mail::enhanced_code{4, 4, 4}, .content = "KumoMTA internal: " + text, .command = {}};
}

requeue_order source_suspended() {
  return {internal_response("the source is suspended"), insert_context::ready_queue_was_suspended, {}, false, duration{0}};
}

void requeuer::finish(held_entry e, mail::record_type type, const mail::response& r) {
  engine_.book.write(type, r, *e);
  engine_.remove(e.pass());
}

bool requeuer::is_no_news(const queue_entry& e, const requeue_order& order) const {
  if (order.record || order.increment) return false;
  if (order.is_known) return true;
  if (engine_.parts.events.has_requeue_message() || !is_saved(e)) return false;
  return !e.hot || (e.was_delayed && order.why == insert_context::ready_queue_was_full);
}

// Messages that the spool still holds, and cold ones that only found their ready queue full again: nothing to load, record
// or store. One whose time is over needs its record, a cold one that is bound its schedule.
bool requeuer::try_quietly(held_entry& e, const requeue_order& order) {
  if (!is_no_news(*e, order)) return false;
  if (!e->hot && e->is_bound) return false;
  const auto* schedule = e->hot ? schedule_of(*e->hot) : nullptr;
  const auto plan = plan_hold(*config_of(*e->queue), schedule, e->id.created(), after(*order.delay));
  if (plan.expired) return false;
  wait(std::move(e), plan.due);
  return true;
}

void requeuer::requeue_later(held_entry e, requeue_order order) {
  if (try_quietly(e, order)) return;
  engine_.add_chore(std::move(e), std::move(order));
}

void requeuer::requeue_all(entry_list entries, const requeue_order& order) {
  while (auto e = entries.pop_front()) requeue_later(held_entry(engine_, std::move(e)), order);
}

rt::task<std::optional<mail::response>> requeuer::ask_policy(queue_entry& e, const requeue_order& order) {
  std::optional<mail::response> rejection;
  try {
    rejection = co_await engine_.parts.events.requeue_message(e.hot, order.response, insert_context_name(order.why),
                                                              order.increment, order.delay);
  } catch (const std::exception& failed) {
    log::error("queue", "requeue_message of {} failed, the message is requeued as it is: {}", e.id.simple(), failed.what());
  }
  co_return rejection;
}

rt::task<> requeuer::requeue(held_entry e, requeue_order order) {
  auto loaded = co_await engine_.load_meta(*e);
  if (!loaded) co_return;  // logged; shelved
  if (order.increment) e->last_code = static_cast<std::uint16_t>(order.response.code);
  if (order.record) engine_.book.write(*order.record, order.response, *e);
  if (!order.is_known && engine_.parts.events.has_requeue_message()) {
    const auto rejection = co_await ask_policy(*e, order);
    if (rejection) co_return finish(std::move(e), mail::record_type::bounce, *rejection);
    auto name = mail::queue_name_of(*e->hot);
    if (name != e->queue->name()) co_return co_await change_queue(std::move(e), std::move(name));
  }
  const auto plan = plan_of(*e, order);
  if (plan.expired) co_return finish(std::move(e), mail::record_type::expiration, *plan.expired);
  if (order.increment) e->hot->attempts = ++e->attempts;
  if (!order.is_known) {
    write_delayed(*e, order, plan.due);
    co_await save(*e);
  }
  wait(std::move(e), plan.due);
}

rt::task<> requeuer::postpone(held_entry e, wall_time due, insert_context why) {
  const auto plan = plan_hold(*config_of(*e->queue), schedule_of(*e->hot), e->hot->created(), due);
  if (plan.expired) co_return finish(std::move(e), mail::record_type::expiration, *plan.expired);
  write_delayed(*e, requeue_order{{}, why, {}, false, {}}, due);
  co_await save(*e);
  wait(std::move(e), due);
}

// requeue_message gave the message another queue: there it is due at once.
rt::task<> requeuer::change_queue(held_entry e, std::string name) {
  co_await move_to(e, std::move(name));
  engine_.promoter.promote(std::move(e));
}

rt::task<> requeuer::rebind(held_entry e) {
  auto& m = *e->hot;
  e->attempts = m.attempts = 0;
  e->was_delayed = false;
  const auto now = std::chrono::system_clock::now();
  const auto due = first_due(m, now);
  m.due.reset();
  auto name = mail::queue_name_of(m);
  co_await move_to(e, std::move(name));
  if (due > now) co_return co_await postpone(std::move(e), due, insert_context::scheduled_for_later);
  engine_.promoter.promote(std::move(e));
}

rt::task<> requeuer::move_to(held_entry& e, std::string name) {
  co_await save(*e);
  auto hold = engine_.scheduled.find_or_create(name);
  if (!hold->config()) {
    auto known = co_await engine_.resolver.first_config(hold->shared_from_this());
    // The message stays in its new queue; promotion asks for the configuration again.
    if (!known) log::error("queue", "message {}: {}", e->id.simple(), known.why().text);
  }
  auto* old = std::exchange(e->queue, hold.pass());
  old->metrics().queued().add(-1);
  e->queue->metrics().queued().add(1);
  old->release();
}

void requeuer::write_delayed(queue_entry& e, const requeue_order& order, wall_time due) {
  using enum insert_context;
  if (order.record || order.increment || order.why == enumerated) return;  // an attempt has its record
  const bool was_delayed = e.was_delayed;
  e.was_delayed = order.why == ready_queue_was_full;
  if (was_delayed && e.was_delayed) return;
  const auto text = fmt::format("Context: {}. Next due in {} at {}", insert_context_name(order.why),
                                short_duration(due - std::chrono::system_clock::now()), format_rfc3339(due));
  engine_.book.write(mail::record_type::delayed, {.code = 400, .enhanced = {}, .content = text, .command = {}}, e);
}

rt::task<> requeuer::save(queue_entry& e) {
  auto& m = *e.hot;
  if (is_saved(e)) co_return;
  auto saved = co_await engine_.parts.store.store(m);
  if (!saved) log::error("queue", "message {} cannot be saved and stays in memory: {}", e.id.simple(), saved.why().text);
}

void requeuer::shrink(queue_entry& e, duration until_due) {
  if (e.hot && until_due > duration{0}) release_memory(e, shrink_policy_for(*config_of(*e.queue), until_due));
}

void requeuer::wait(held_entry e, wall_time due) {
  const duration until_due = due - std::chrono::system_clock::now();
  shrink(*e, until_due);
  engine_.wait_until(e.pass(), std::chrono::steady_clock::now() + std::max(until_due, duration{0}));
}

}  // namespace godwit::queue
