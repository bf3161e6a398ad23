#include "module/delivery_agent.hpp"

#include "log/log.hpp"
#include "module/host_table.hpp"
#include "queue/protocol_registry.hpp"
#include "queue/provided_agent.hpp"

namespace godwit::module {

namespace {

using clock = rt::steady_clock;
using work_ref = std::shared_ptr<queue::work_source>;
using session_ref = godwit_session::ref;
using batch_ref = std::shared_ptr<delivery_batch>;

constexpr auto no_delivery = queue::insert_context::logged_transient_failure;

/// How soon an idle session notices that its module is being unloaded.
constexpr std::chrono::nanoseconds idle_slice = std::chrono::seconds(1);

/// Late outcomes are dropped however the session ends.
struct batch_guard {
  batch_ref batch;
  ~batch_guard() { batch->close(); }
};

bool is_draining(const godwit_session& s) { return s.agent->owner->phase >= phase::draining; }

void note_overrun(const godwit_session& s, std::string_view step) {
  const auto& a = *s.agent;
  metrics::get_counter("godwit_module_delivery_timeouts_total", "Steps of delivery sessions that overran their time-out.",
                       {{"module", a.owner->id.name}, {"protocol", a.protocol}})
      ->add();
  log::error("module", "{}: {} of {} overran its time-out of {}", a.owner->id.name, step, s.ready_queue,
             format_duration(a.timeout));
}

std::string overrun_text(const agent_declaration& a) {
  return fmt::format("module {} did not finish within {}", a.owner->id.name, format_duration(a.timeout));
}

rt::task<> refuse(work_ref work, queue::outcome failure, queue::delivery_trace trace) {
  if (failure.type == mail::record_type::bounce)
    co_return co_await work->settle_all(failure.type, std::move(failure.response), no_delivery);
  co_await work->connection_failed(std::move(failure.response), trace);
}

rt::task<bool> connect(session_ref s, work_ref work) {
  work->note_progress("open", s->agent->protocol);
  s->open(s);
  const auto until = clock::now() + s->agent->timeout;
  while (s->is_opening()) {
    const auto left = until - clock::now();
    if (left <= std::chrono::nanoseconds(0)) break;
    co_await s->bell->event.wait(left);
  }
  auto failure = s->open_failure();
  if (s->is_opening()) {
    note_overrun(*s, "open");
    failure = internal_failure(overrun_text(*s->agent));
  }
  if (!failure) {
    work->connection_succeeded();
    co_return true;
  }
  auto trace = s->trace();
  co_await refuse(work, std::move(*failure), std::move(trace));
  co_return false;
}

/// take() in slices. A slice that ends early without messages says that there will be none.
rt::task<std::vector<mail::message_ref>> take(session_ref s, work_ref work, std::size_t most) {
  std::vector<mail::message_ref> taken;
  const auto until = clock::now() + work->path().idle_timeout;
  while (taken.empty() && !is_draining(*s)) {
    const auto began = clock::now();
    const auto slice = std::min<std::chrono::nanoseconds>(until - began, idle_slice);
    if (slice <= std::chrono::nanoseconds(0)) break;
    taken = co_await work->take(most, slice);
    if (taken.empty() && clock::now() - began < slice) break;
  }
  co_return taken;
}

rt::task<> settle_done(batch_ref batch, work_ref work) {
  auto done = batch->take_settled();
  const auto trace = batch->session()->trace();
  // All are recorded before any is awaited: a session that is cancelled meanwhile sends none of them again.
  std::vector<rt::task<>> settling;
  for (auto& d : done) settling.push_back(work->settle(std::move(d.message), std::move(d.outcomes), trace));
  for (auto& rest : settling) co_await std::move(rest);
}

/// Outcomes that came before the session was cancelled are recorded; the rest goes back to the queue.
void settle_at_end(const batch_ref& batch, const work_ref& work) {
  const auto trace = batch->session()->trace();
  for (auto& d : batch->take_settled()) (void)work->settle(std::move(d.message), std::move(d.outcomes), trace);
}

rt::task<bool> await_outcomes(batch_ref batch, work_ref work) {
  const auto& a = *batch->session()->agent;
  const auto until = clock::now() + a.timeout;
  bool is_cancelled = false;
  for (;;) {
    co_await settle_done(batch, work);
    if (batch->is_complete()) co_return true;
    const auto left = until - clock::now();
    if (left <= std::chrono::nanoseconds(0)) break;
    try {
      co_await batch->session()->bell->event.wait(left);
    } catch (const asio::system_error&) {
      is_cancelled = true;
    }
    if (is_cancelled) {
      settle_at_end(batch, work);
      throw asio::system_error(asio::error::operation_aborted);
    }
  }
  note_overrun(*batch->session(), "deliver");
  batch->fail_rest(overrun_text(a));
  co_await settle_done(batch, work);
  co_return false;
}

void enter_deliver(const batch_ref& batch) {
  const auto& a = *batch->session()->agent;
  try {
    a.functions.deliver(a.functions.context, new godwit_delivery{batch});
  } catch (...) {
    log::error("module", "{}: deliver threw across the boundary", a.owner->id.name);
    batch->fail_rest(fmt::format("module {}: deliver failed", a.owner->id.name));
  }
}

/// Untried; what comes after this session delivers them.
void give_back(queue::work_source& work, std::vector<mail::message_ref>& taken) {
  for (; !taken.empty(); taken.pop_back()) work.give_back(std::move(taken.back()));
}

rt::task<> deliver_all(session_ref s, work_ref work) {
  std::size_t sent = 0;
  while (sent < work->path().max_deliveries_per_connection) {
    const auto most = std::min(s->agent->batch_size, work->path().max_deliveries_per_connection - sent);
    auto taken = co_await take(s, work, most);
    if (is_draining(*s)) co_return give_back(*work, taken);
    if (taken.empty()) co_return;
    sent += taken.size();
    const auto batch = std::make_shared<delivery_batch>(s, std::move(taken));
    const batch_guard guard{batch};
    work->note_progress("deliver", fmt::format("{} messages by {}", batch->size(), s->agent->protocol));
    enter_deliver(batch);
    const bool in_time = co_await await_outcomes(batch, work);
    if (!in_time) co_return;
  }
}

/// The module is going. Being reloaded: as soon as there is a new instance its agent delivers.
rt::task<> leave_to_next(std::shared_ptr<const agent_declaration> former, work_ref work) {
  work->note_progress("wait", fmt::format("module {} is being replaced", former->owner->id.name));
  if (former->owner->heir) co_await former->owner->heir->decided();
  queue::provided_agent next(former->protocol);
  co_await next.run_session(std::move(work));
}

std::string label_of(const agent_declaration& a, const value& normalised) {
  if (a.label_option.empty()) return a.protocol;
  const auto* label = normalised.find(a.label_option);
  const auto* text = label != nullptr ? label->as_string() : nullptr;
  return text != nullptr ? fmt::format("{}:{}", a.protocol, *text) : a.protocol;
}

/// Asks the module about settings that its table found right. The module may be gone.
void ask_module(const std::weak_ptr<godwit_instance>& owner, const godwit_delivery_agent& f, const value& normalised,
                config::problems& out, const std::string& path) {
  const usage use(owner.lock());
  if (!use || f.check == nullptr) return;
  value why;
  if (f.check(f.context, to_handle(&normalised), to_handle(&why)) == GODWIT_OK) return;
  const auto* text = why.as_string();
  out.push_back({path, text != nullptr ? *text : "was refused by its module"});
}

queue::protocol_kind kind_of(const std::shared_ptr<const agent_declaration>& d, const godwit_delivery_agent& a) {
  queue::protocol_kind kind{d->protocol, d->owner->id.name, {}, {}, std::make_shared<delivery_agent>(d)};
  if ((a.flags & GODWIT_PROTOCOL_INLINE) != 0 && d->schema)
    for (const auto& field : d->schema->fields()) kind.inline_keys.push_back(field.name);
  // Outlives the module, so it holds the table and not the instance.
  kind.check = [schema = d->schema, protocol = d->protocol, owner = std::weak_ptr<godwit_instance>(d->owner),
                f = d->functions](const value& table, config::problems& out, const std::string& path) {
    const auto before = out.size();
    if (!schema) {
      const auto* members = table.as_object();
      if (members && !members->empty()) out.push_back({path, fmt::format("protocol {} has no options", protocol)});
      return;
    }
    const auto normalised = schema->parse(table, out, path);
    if (out.size() == before) ask_module(owner, f, normalised, out, path);
  };
  return kind;
}

}  // namespace

rt::task<result<queue::site>> delivery_agent::resolve(const std::string& routing_domain,
                                                      const queue::protocol_config& protocol) {
  if (!protocol.provided) co_return fail("protocol.{} is missing", declaration_->protocol);
  config::problems ignored;
  const auto normalised = declaration_->normalise(protocol.provided->settings, ignored);
  auto settings = std::make_shared<const value>(protocol.provided->settings);
  co_return queue::site{routing_domain, label_of(*declaration_, normalised), std::move(settings)};
}

rt::task<> delivery_agent::run_session(std::shared_ptr<queue::work_source> work) {
  const auto& given = *static_cast<const value*>(work->destination().plan.get());
  config::problems found;
  auto settings = declaration_->normalise(given, found);
  const auto session = godwit_session::make(declaration_, *work, std::move(settings));
  if (!session->use) co_return co_await leave_to_next(declaration_, std::move(work));
  if (!found.empty()) {
    auto failure = internal_failure(fmt::format("protocol {}: {}", declaration_->protocol, config::describe(found)));
    co_return co_await work->settle_all(failure.type, std::move(failure.response), no_delivery);
  }
  const bool is_open = co_await connect(session, work);
  if (is_open) co_await deliver_all(session, work);
}

result<void> declare_delivery_agent(const std::shared_ptr<godwit_instance>& owner, const godwit_delivery_agent& a) {
  const auto protocol = view(a.protocol);
  if (protocol.empty() || a.deliver == nullptr) return fail("a delivery agent needs a protocol and a deliver function");
  const auto declaration = std::make_shared<const agent_declaration>(owner, a);
  owner->protocols.push_back(kind_of(declaration, a));
  return {};
}

}  // namespace godwit::module
