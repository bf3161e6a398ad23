#include "deliver/smtp_session.hpp"

#include <algorithm>

#include <fmt/ranges.h>

#include "base/internal_error.hpp"
#include "deliver/failed_hosts.hpp"
#include "log/log.hpp"

namespace godwit::deliver {
namespace {

/// One message is sent, the other's envelope rides behind it (smtp/client_transactions.hpp).
constexpr std::size_t small_batch = 2;
/// A fast peer empties this in no time; then one trip to the shared queue serves many messages.
constexpr std::size_t large_batch = 16;
constexpr std::chrono::milliseconds fast_delivery{20};

std::string_view hint(failure_cause cause) {
  switch (cause) {
    case failure_cause::insecure_starttls:
      return "All failures are related to OpportunisticInsecure STARTTLS. "
             "Consider setting enable_tls=Disabled for this site. ";
    case failure_cause::unplumbed_source:
      return "All failures are related to having an unplumbed source address. "
             "Are the network interfaces provisioned correctly? ";
    case failure_cause::unplumbed_proxy_source:
      return "All failures are related to having an unplumbed source address on the proxy server. "
             "Are the network interfaces provisioned correctly? ";
    case failure_cause::proxy:
      return "All failures are related to proxy connection issues. Is the proxy infrastructure online and healthy? ";
    case failure_cause::other: break;
  }
  return "";
}

mail::record_type type_of(const smtp::recipient_reply& r) {
  if (r.is_too_many || r.reply.is_transient()) return mail::record_type::transient_failure;
  return r.reply.is_positive() ? mail::record_type::delivery : mail::record_type::bounce;
}

mail::response internal(std::string_view text) {
  return {400, std::nullopt, fmt::format("KumoMTA internal: {}", text), {}};
}

}  // namespace

smtp_session::smtp_session(std::shared_ptr<smtp_agent_state> shared, std::shared_ptr<queue::work_source> work)
    : shared_(std::move(shared)), work_(std::move(work)), batch_size_(small_batch) {}

rt::task<> smtp_session::run() {
  if (!work_->peek_queue()) co_return;
  const bool is_planned = co_await make_plan();
  if (!is_planned) co_return;
  for (;;) {
    const bool is_connected = co_await ensure_connected();
    if (!is_connected) break;
    const bool is_more = co_await deliver_batch();
    if (!is_more) break;
  }
  if (connection_.client) co_await connection_.client->quit();
}

rt::task<bool> smtp_session::make_plan() {
  settings_ = {work_->path(), work_->source(), work_->destination().name, work_->name()};
  settings_.routing_domain = work_->routing_domain();
  settings_.on_progress = [this](std::string_view what) { work_->note_progress(phase_, std::string(what)); };
  work_->note_progress("plan", settings_.site);
  const site_plan hosts = co_await fresh_hosts();
  plan_ = co_await make_connection_plan(shared_->parts.names, hosts, settings_.path, settings_.source);
  if (!plan_.refusal) co_return true;
  co_await work_->settle_all(plan_.refusal->type, plan_.refusal->response, plan_.refusal->why);
  co_return false;
}

/// A ready queue may live for days: its MX are asked for again (from the cache) as long as they make the same site.
rt::task<site_plan> smtp_session::fresh_hosts() {
  const auto& site = work_->destination();
  const auto known = std::static_pointer_cast<const site_plan>(site.plan);
  if (!known) co_return site_plan{};
  if (known->domain.empty()) co_return *known;
  const auto now = co_await site_of_domain(shared_->parts.names, known->domain);
  if (!now || now->name != settings_.site) co_return *known;
  co_return *std::static_pointer_cast<const site_plan>(now->plan);
}

rt::task<bool> smtp_session::ensure_connected() {
  if (connection_.client) co_return true;
  while (next_ < plan_.candidates.size()) {
    const candidate& to = plan_.candidates[next_++];
    phase_ = "connect";
    work_->note_progress(phase_, to.text_with_port());
    connection_ = co_await open_connection(*shared_, settings_, to);
    if (connection_.client) {
      was_connected_ = true;
      delivered_ = 0;
      work_->connection_succeeded();
      note_host_reached(to.to);
      co_return true;
    }
    log::debug("deliver", "{}: {}", settings_.ready_queue, connection_.why);
    report_trouble(to);
    if (!failures_.empty() && common_cause_ != connection_.cause) connection_.cause = failure_cause::other;
    common_cause_ = connection_.cause;
    failures_.push_back(std::move(connection_.why));
  }
  // After a connection that worked the next session starts with a plan of its own.
  if (!was_connected_) co_await report_no_connection();
  co_return false;
}

/// Candidates that fail for the source's sake count against it (suspend_when_*), others against themselves.
void smtp_session::report_trouble(const candidate& to) {
  switch (connection_.cause) {
    case failure_cause::unplumbed_source:
      return work_->source_failed(queue::source_trouble::unplumbed, connection_.why);
    case failure_cause::unplumbed_proxy_source:
    case failure_cause::proxy: return work_->source_failed(queue::source_trouble::proxy_unhealthy, connection_.why);
    case failure_cause::insecure_starttls:
    case failure_cause::other: return note_host_failed(to.host, to.to);
  }
}

rt::task<> smtp_session::report_no_connection() {
  const auto summary = hint(common_cause_.value_or(failure_cause::other));
  auto response = internal(fmt::format("failed to connect to any candidate hosts: {}{}", summary,
                                       fmt::join(failures_, ", ")));
  queue::delivery_trace trace = std::move(connection_.trace);
  co_await work_->connection_failed(std::move(response), trace);
}

rt::task<bool> smtp_session::deliver_batch() {
  const auto limit = std::max<std::uint64_t>(settings_.path.max_deliveries_per_connection, 1);
  if (delivered_ >= limit) co_return false;
  const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(batch_size_, limit - delivered_));
  const batch taken = co_await work_->take(wanted, settings_.path.idle_timeout);
  if (taken.empty()) co_return false;
  const auto begin = rt::steady_clock::now();
  connection_.listed->begin_batch();
  for (std::size_t i = 0; i < taken.size(); ++i) {
    ++delivered_;
    const bool is_usable = co_await deliver_one(taken, i);
    if (is_usable) continue;
    connection_.client.reset();
    co_return plan_reconnect();
  }
  const auto took = rt::steady_clock::now() - begin;
  connection_.listed->end_batch(taken.size(), took);
  adapt_batch(took / static_cast<int>(taken.size()));
  co_return true;
}

rt::task<bool> smtp_session::deliver_one(const batch& taken, std::size_t index) {
  const mail::message_ref& m = taken[index];
  if (!m->content.is_loaded()) on_internal_error("a message came to be delivered without its body");
  phase_ = "deliver";
  work_->note_progress(phase_, m->id.simple());
  const mail::message* next = index + 1 < taken.size() ? taken[index + 1].get() : nullptr;
  const smtp::batch_report report = [this, &m](smtp::send_result& so_far) { return settle_part(m, so_far); };
  smtp::send_result sent = co_await connection_.client->send(*m, next, report);
  const bool is_usable = !sent.broken && !sent.is_closing;
  if (!is_usable) give_back(taken, index + 1);
  if (sent.broken) {
    log::debug("deliver", "{}: {}: {}", settings_.ready_queue, m->id.simple(), sent.broken->text);
    if (sent.is_untried || may_try_next_host(sent)) {
      work_->give_back(m);
      co_return false;
    }
  }
  co_await settle(m, std::move(sent));
  co_return is_usable;
}

/// try_next_host_on_transport_error: no verdict yet, and somebody left to ask.
bool smtp_session::may_try_next_host(const smtp::send_result& sent) const {
  if (!settings_.path.try_next_host_on_transport_error || next_ >= plan_.candidates.size()) return false;
  return std::none_of(sent.recipients.begin(), sent.recipients.end(),
                      [](const smtp::recipient_reply& r) { return r.is_set; });
}

rt::task<> smtp_session::settle(const mail::message_ref& m, smtp::send_result sent) {
  std::vector<queue::outcome> outcomes;
  outcomes.reserve(sent.recipients.size());
  const bool is_single = sent.recipients.size() == 1;
  for (std::size_t i = 0; i < sent.recipients.size(); ++i) {
    auto& r = sent.recipients[i];
    if (!r.is_set && sent.broken) r.reply = lost_response(*sent.broken);
    const auto recipient = is_single ? std::nullopt : std::optional<std::size_t>(i);
    outcomes.push_back({recipient, type_of(r), std::move(r.reply)});
  }
  co_await work_->settle(m, std::move(outcomes), connection_.trace);
}

/// Another transaction follows for the other recipients: who has had the message is on disk before.
rt::task<> smtp_session::settle_part(const mail::message_ref& m, smtp::send_result& so_far) {
  std::vector<queue::outcome> outcomes;
  for (std::size_t i = 0; i < so_far.recipients.size(); ++i) {
    const auto& r = so_far.recipients[i];
    if (r.is_set) outcomes.push_back({i, type_of(r), r.reply});
  }
  const auto gone = co_await work_->settle_part(m, std::move(outcomes), connection_.trace);
  std::vector<smtp::recipient_reply> open;
  for (std::size_t i = 0; i < gone.size(); ++i) {
    if (!gone[i]) open.push_back(std::move(so_far.recipients[i]));
  }
  so_far.recipients = std::move(open);
}

mail::response smtp_session::lost_response(const smtp::client_error& why) const {
  if (why.what != smtp::client_error::kind::timed_out) return internal("failed to send message: " + why.text);
  const auto& peer = connection_.trace.peer;
  return internal(fmt::format("failed to send message to {} {}: {}", peer ? peer->name : "", peer ? peer->addr : "",
                              why.text));
}

void smtp_session::give_back(const batch& taken, std::size_t from) {
  // Each goes in front, so the last one first.
  for (std::size_t i = taken.size(); i > from; --i) work_->give_back(taken[i - 1]);
}

/// reconnect_strategy after a 421, a time-out or a broken connection. True: the session goes on.
bool smtp_session::plan_reconnect() {
  const auto strategy = settings_.path.reconnect_strategy;
  const bool must_move_on = settings_.path.try_next_host_on_transport_error;
  if (strategy == queue::reconnect_strategy::terminate_session && !must_move_on) return false;
  if (strategy == queue::reconnect_strategy::reconnect_same_host && !must_move_on && next_ > 0) --next_;
  return next_ < plan_.candidates.size();
}

void smtp_session::adapt_batch(std::chrono::nanoseconds took) {
  batch_size_ = took < fast_delivery ? std::min(batch_size_ * 2, large_batch) : small_batch;
}

}  // namespace godwit::deliver
