#include "receive/acceptance.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "log/log.hpp"
#include "mail/received_header.hpp"
#include "mail/trace_header.hpp"
#include "queue/special_queue.hpp"
#include "receive/received_report.hpp"
#include "receive/records.hpp"
#include "receive/reply.hpp"

namespace godwit::receive {

namespace {

constexpr std::string_view overrun = "data_processing_timeout exceeded";

/// `phase` tells the operator where the time went (KumoMTA: SMTP server).
smtp::answer late(std::string_view phase) { return make_answer(451, fmt::format("4.4.5 {} ({})", overrun, phase)); }

bool is_discarded(const mail::message& m) { return m.get_meta_string("queue") == "null"; }

std::string_view text_of(const object& meta, std::string_view key) {
  const auto* v = meta.find(key);
  const auto* text = v ? v->as_string() : nullptr;
  return text ? std::string_view(*text) : std::string_view();
}

}  // namespace

rt::task<smtp::answer> acceptance::take(smtp::transaction t) {
  smtp::decision refused;
  bool timed_out = false;
  try {
    refused = co_await read(std::move(t));
  } catch (const hook::deadline_passed&) {
    timed_out = true;
  }
  if (refused) co_return std::move(*refused);
  if (timed_out || is_late()) co_return late("rx");
  co_await resolve_queues();
  if (is_late()) co_return late("resolve");
  refused = co_await store();
  if (refused) co_return std::move(*refused);
  if (is_late()) {  // a write that has begun cannot be called back, only undone
    unstore();
    co_return late("spool");
  }
  co_await enqueue();
  log_refusals();
  co_return accepted();
}

/// Up to where the messages are what will be stored.
rt::task<smtp::decision> acceptance::read(smtp::transaction t) {
  if (parts_.events.data.has_handlers()) {
    auto refused = co_await run_data_event(t);
    if (refused) co_return refused;
  }
  auto groups = co_await split(t);
  for (auto& recipients : groups) {
    intake one;
    one.message = make_message(t, std::move(recipients));
    auto refused = co_await admit(one);
    if (!refused) {
      messages_.push_back(std::move(one));
      continue;
    }
    // One split message was refused: its recipients alone are (KumoMTA: SMTP server, PARTIAL).
    if (refused->close || groups.size() == 1) co_return refused;
    refusals_.push_back({std::move(*refused), one.message});
  }
  if (messages_.empty()) co_return std::move(refusals_.front().answer);
  co_return std::nullopt;
}

rt::task<smtp::decision> acceptance::run_data_event(smtp::transaction& t) {
  const auto whole = whole_message(t);
  const auto original = whole->meta;
  hook::arguments args{whole, context_};
  const auto verdict = co_await parts_.events.data.run(std::move(args), until_);
  for (auto& [key, member] : whole->meta) {
    const auto* before = original.find(key);
    if (!before || *before != member) added_meta_.set(key, std::move(member));
  }
  schedule_ = std::move(whole->schedule);
  due_ = whole->due;
  force_sync_ = whole->force_sync;
  t.sender = whole->sender;
  t.recipients = whole->recipients;
  if (!whole->content.prefix.empty()) {
    whole->set_data(whole->content.join());
  }
  t.body = whole->content.base;
  co_return decision_of(verdict, options_.host());
}

rt::task<std::vector<recipient_group>> acceptance::split(const smtp::transaction& t) {
  if (parts_.events.split_transaction.has_handlers()) {
    const auto whole = whole_message(t);
    hook::arguments args{whole, context_};
    auto verdict = co_await parts_.events.split_transaction.run(std::move(args), until_);
    if (verdict.returned && !verdict.returned->is_null()) co_return read_groups(*verdict.returned);
  }
  co_return split_recipients(t.recipients, options_.batch_handling);
}

object acceptance::meta() const {
  auto all = context_->meta;
  for (const auto& [key, member] : added_meta_) all.set(key, member);
  return all;
}

mail::message_ref acceptance::bare_message(const smtp::transaction& t, recipient_group recipients) const {
  auto m = std::make_shared<mail::message>(uuid::make_v1(), t.sender, std::move(recipients));
  m->meta = meta();
  m->schedule = schedule_;
  m->due = due_;
  m->force_sync = force_sync_;
  m->content.base = t.body;
  return m;
}

/// What the events see that are about the transaction; it is never stored.
mail::message_ref acceptance::whole_message(const smtp::transaction& t) const { return bare_message(t, t.recipients); }

mail::message_ref acceptance::make_message(const smtp::transaction& t, recipient_group recipients) const {
  auto m = bare_message(t, std::move(recipients));
  if (options_.trace_headers.received_header) add_received_header(*m);
  return m;
}

/// Under deferred_queue the policy sees the message later (deferred_injector.hpp).
rt::task<smtp::decision> acceptance::admit(intake& one) {
  auto& m = *one.message;
  if (!options_.deferred_queue) {
    auto refused = co_await run_message_event(one.message);
    if (refused) co_return refused;
    one.is_dropped = is_discarded(m);
    if (one.is_dropped) co_return std::nullopt;
  }
  auto refused = co_await apply_relay_rule(one);
  if (refused) co_return refused;
  add_trace_header(m);
  if (options_.deferred_queue) m.set_meta("queue", queue::deferred_smtp_inject_queue);
  co_return std::nullopt;
}

rt::task<smtp::decision> acceptance::run_message_event(const mail::message_ref& m) {
  if (!parts_.events.message_received.has_handlers()) co_return std::nullopt;
  hook::arguments args{m, context_};
  const auto verdict = co_await parts_.events.message_received.run(std::move(args), until_);
  co_return decision_of(verdict, options_.host());
}

/// Now with the envelope that the policy left and the message in hand (KumoMTA: SMTP server): a recipient that was let in
/// for its reports alone must have got one, and a recipient that the policy put in has to pass as well. There is no
/// exception for the latter: scripts compute addresses from what strangers send, and a mistake there must not make an
/// open relay. A policy that forwards says so in get_listener_domain, which gets the same conn_meta.
rt::task<smtp::decision> acceptance::apply_relay_rule(intake& one) {
  using smtp::report_handling;
  auto& m = *one.message;
  std::optional<received_report> report;
  if (rule_.knows_domains()) report = received_report::find(m);
  std::vector<mail::address> relayed;
  for (const auto& recipient : m.recipients) {
    auto handling = report_handling::ignore;
    if (report) {
      const auto domain = co_await rule_.domain_of(to_lower(recipient.domain()), until_);
      if (domain) handling = report->handling(*domain);
    }
    if (handling == report_handling::ignore) {
      const auto may = co_await rule_.check(options_, m.sender, recipient, until_);
      if (may != relaying::permitted) co_return make_answer(550, "5.7.1 relaying not permitted");
    } else if (one.reports.empty()) {
      one.reports = report->records(m, *context_, recipient);
    }
    if (handling != report_handling::log_then_drop) relayed.push_back(recipient);
  }
  one.is_dropped = relayed.empty();
  if (!one.is_dropped) m.recipients = std::move(relayed);
  co_return std::nullopt;
}

void acceptance::add_received_header(mail::message& m) const {
  const auto& meta = context_->meta;
  const mail::reception how{
      .ehlo_domain = text_of(meta, "ehlo_domain"),
      .peer = context_->peer.address,
      .hostname = options_.host(),
      .local = context_->local.address,
      .tls_version = text_of(meta, "tls_protocol_version"),
      .tls_cipher = text_of(meta, "tls_cipher"),
      .authenticated = !context_->auth.identities.empty(),
      .when = std::chrono::system_clock::now(),
  };
  m.prepend_header("Received", mail::received_header_value(m, how));
}

void acceptance::add_trace_header(mail::message& m) const {
  const auto& trace = options_.trace_headers;
  if (trace.supplemental_header) m.prepend_header(trace.header_name, mail::trace_header_value(m, trace));
}

/// Before anything is stored: what takes long is the policy's get_queue_config.
rt::task<> acceptance::resolve_queues() {
  for (auto& one : messages_) {
    if (one.is_dropped) continue;
    auto known = co_await parts_.queues.prepare(*one.message, until_);
    if (!known) one.unresolved = known.why();
    if (is_late()) co_return;
  }
}

rt::task<smtp::decision> acceptance::store() {
  if (options_.deferred_spool) co_return std::nullopt;
  std::vector<mail::message*> wanted;
  for (const auto& one : messages_) {
    if (!one.is_dropped) wanted.push_back(one.message.get());
  }
  if (wanted.empty()) co_return std::nullopt;
  auto stored = co_await parts_.store.store_all(std::move(wanted));
  if (stored) co_return std::nullopt;
  log::error("receive", "cannot spool a message: {}", stored.why().text);
  if (stored.why().text == spool::write_timed_out) co_return make_answer(451, fmt::format("4.4.5 {}", spool::write_timed_out));
  co_return make_answer(452, "4.3.1 insufficient system storage, try again later");
}

void acceptance::unstore() {
  for (const auto& one : messages_) {
    if (one.message->is_spooled) parts_.store.remove(*one.message);
  }
}

rt::task<> acceptance::enqueue() {
  const auto reply = accepted().reply;
  for (auto& one : messages_) co_await enqueue(one, reply);
}

rt::task<> acceptance::enqueue(intake& one, const mail::response& reply) {
  const auto& m = one.message;
  for (const auto& report : one.reports) parts_.records.submit(report, m);
  if (one.is_dropped) co_return;
  parts_.records.submit(reception_record(*m, *context_, reply), m);
  one.unqueued = one.unresolved;
  if (!one.unqueued && is_late()) one.unqueued = error{std::string(overrun)};
  if (!one.unqueued) {
    auto inserted = co_await parts_.queues.insert(m, queue::insert_context::received);
    if (inserted) co_return;
    one.unqueued = inserted.why();
  }
  parts_.records.submit(unwound_record(*m, one.unqueued->text), m);
  parts_.store.remove(*m);
}

void acceptance::log_refusals() {
  for (const auto& r : refusals_) {
    for (const auto& recipient : r.about->recipients) {
      parts_.records.submit(rejection_record(*context_, r.answer.reply, &r.about->sender, &recipient), nullptr);
    }
  }
}

smtp::answer acceptance::accepted() const {
  const auto is_lost = [](const intake& one) { return one.unqueued.has_value(); };
  const auto lost = static_cast<std::size_t>(std::count_if(messages_.begin(), messages_.end(), is_lost));
  if (lost == messages_.size()) {
    if (is_late()) return late("insert");
    return make_answer(451, "4.3.0 the message could not be queued, try again later");
  }
  std::string text = lost + refusals_.size() > 0 ? "PARTIAL ids=" : "OK ids=";
  for (const auto& one : messages_) {
    if (one.unqueued) continue;
    if (!text.ends_with('=')) text += ' ';
    text += one.message->id.simple();
  }
  return make_answer(250, text);
}

}  // namespace godwit::receive
