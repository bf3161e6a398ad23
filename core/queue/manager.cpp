#include "queue/manager.hpp"

#include "log/log.hpp"
#include "metrics/registry.hpp"
#include "queue/administration.hpp"
#include "queue/caretaker.hpp"
#include "queue/engine.hpp"
#include "queue/retry_policy.hpp"

namespace godwit::queue {

namespace {

/// Between two questions for the configuration of a queue whose messages come from the spool.
constexpr duration without_config = std::chrono::seconds(60);

wall_time wall_now() { return std::chrono::system_clock::now(); }

double seconds_since(std::chrono::steady_clock::time_point began) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

}  // namespace

struct manager::impl {
  explicit impl(manager_parts parts) : core(std::make_shared<engine>(std::move(parts))), care(*core), operators(*core) {}

  /// Waits for the configuration of a queue that has none yet.
  rt::task<result<void>> know(const queue_hold& q) {
    if (q->config()) co_return result<void>{};
    co_return co_await core->resolver.first_config(q->shared_from_this());
  }

  void go_on(held_entry e, wall_time due, insert_context why) {
    const auto& schedule = e->hot->schedule;
    const bool is_over = schedule && schedule->expires && due >= *schedule->expires;  // postpone() gives it up
    if (due <= wall_now() && !is_over) return core->promoter.promote(std::move(e));
    core->here().work.spawn("postpone", [this, why, due, box = std::make_shared<held_entry>(std::move(e))] {
      return core->requeuer.postpone(std::move(*box), due, why);
    });
  }

  /// Promotion asks for the configuration again, and not before the time that the message itself names.
  void wait_for_config(held_entry e, wall_time now) {
    const duration until_due = first_due(*e->hot, now) - now;
    e->hot->due.reset();
    release_memory(*e, memory_policy::shrink_data_and_meta);
    core->wait_until(e.pass(), std::chrono::steady_clock::now() + std::max<duration>(until_due, without_config));
  }

  std::shared_ptr<engine> core;
  caretaker care;
  queue::administration operators;
};

manager::manager(manager_parts parts) : impl_(std::make_unique<impl>(std::move(parts))) {}
manager::~manager() = default;

void manager::set_agent(std::string protocol, std::shared_ptr<delivery_agent> agent) {
  impl_->core->agents[std::move(protocol)] = std::move(agent);
}

rt::task<result<void>> manager::prepare(const mail::message& m, std::chrono::steady_clock::time_point limit) {
  auto& core = *impl_->core;
  auto q = core.scheduled.find_or_create(mail::queue_name_of(m));
  if (q->config()) co_return result<void>{};
  co_return co_await core.resolver.first_config(q->shared_from_this(), limit);
}

rt::task<result<void>> manager::insert(mail::message_ref m, insert_context why) {
  static const auto inserting = metrics::get_histogram("queue_insert_latency", {});
  static const auto resolving = metrics::get_histogram("queue_resolve_latency", {});
  auto& core = *impl_->core;
  if (core.is_stopping()) co_return fail("the server is shutting down");
  const auto began = std::chrono::steady_clock::now();
  auto q = core.scheduled.find_or_create(mail::queue_name_of(*m));
  if (!q->config()) {
    auto known = co_await core.resolver.first_config(q->shared_from_this());
    if (!known) co_return known;
  }
  resolving->observe(seconds_since(began));
  const auto now = wall_now();
  const auto due = first_due(*m, now);
  m->due.reset();
  held_entry e(core, core.enter(std::move(q), std::move(m)));
  if (due > now) why = insert_context::scheduled_for_later;
  impl_->go_on(std::move(e), due, why);
  inserting->observe(seconds_since(began));
  co_return result<void>{};
}

rt::task<> manager::insert_enumerated(mail::message_ref m) {
  auto& core = *impl_->core;
  const auto name = m->recipients.empty() && m->get_meta_string("queue").empty() ? std::string{} : mail::queue_name_of(*m);
  if (name.empty()) {
    core.book.write_unqueued(mail::record_type::expiration,
                             mail::response::parse(551, "5.1.3 Failed to compute queue name: the message has no recipients"), m);
    core.parts.store.remove(*m);
    co_return;
  }
  auto q = core.scheduled.find_or_create(name);
  auto known = co_await impl_->know(q);
  const auto config = q->config();
  held_entry e(core, core.enter(std::move(q), m));
  const auto now = wall_now();
  if (!known || !config) {
    log::error("queue", "{}: {}; its spooled messages wait", name, known.why().text);
    co_return impl_->wait_for_config(std::move(e), now);
  }
  m->attempts = e->attempts = infer_attempts(*config, m->age(now));
  auto plan = plan_after_restart(*config, m->schedule ? &*m->schedule : nullptr, m->created(), now, e->attempts);
  if (plan.expired) co_return core.requeuer.finish(std::move(e), mail::record_type::expiration, *plan.expired);
  if (m->due) plan.due = std::max(now, *m->due);
  m->due.reset();
  e->was_delayed = true;  // a backlog is no news: no Delayed record for each of its messages
  impl_->go_on(std::move(e), plan.due, insert_context::enumerated);
}

std::vector<queue_count> manager::scheduled() const {
  std::vector<queue_count> counts;
  for (const auto& q : impl_->core->scheduled.all()) counts.push_back({q->name(), q->waiting.load(), 0});
  return counts;
}

std::vector<queue_count> manager::ready() const {
  std::vector<queue_count> counts;
  for (const auto& rq : impl_->core->ready.all()) counts.push_back({rq->name(), rq->size(), rq->connections()});
  return counts;
}

std::size_t manager::message_count() const { return impl_->core->messages.load(std::memory_order_relaxed); }

queue::administration& manager::administration() { return impl_->operators; }

void manager::start() { impl_->care.start(); }

rt::task<> manager::shutdown() { return impl_->care.shutdown(); }

}  // namespace godwit::queue
