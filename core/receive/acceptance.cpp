#include "receive/acceptance.hpp"

#include "base/text.hpp"
#include "log/log.hpp"
#include "mail/received_header.hpp"
#include "mail/trace_header.hpp"
#include "receive/records.hpp"
#include "receive/reply.hpp"

namespace godwit::receive {

namespace {

bool is_discarded(const mail::message& m) { return m.get_meta_string("queue") == "null"; }

std::string_view text_of(const object& meta, std::string_view key) {
  const auto* v = meta.find(key);
  const auto* text = v ? v->as_string() : nullptr;
  return text ? std::string_view(*text) : std::string_view();
}

/// smtp_server_split_transaction answers an array of arrays of addresses.
std::vector<std::vector<mail::address>> read_groups(const value& returned) {
  std::vector<std::vector<mail::address>> groups;
  const auto* list = returned.as_array();
  if (!list) throw hook::handler_failed("smtp_server_split_transaction must return an array of arrays of addresses");
  for (const auto& item : *list) {
    const auto* members = item.as_array();
    if (!members) throw hook::handler_failed("smtp_server_split_transaction must return an array of arrays of addresses");
    auto& recipients = groups.emplace_back();
    for (const auto& member : *members) {
      const auto* text = member.as_string();
      auto parsed = mail::address::parse(text ? *text : "");
      if (!text || !parsed) throw hook::handler_failed("smtp_server_split_transaction returned an invalid address");
      recipients.push_back(std::move(*parsed));
    }
  }
  return groups;
}

}  // namespace

rt::task<smtp::answer> acceptance::take(smtp::transaction t) {
  if (parts_.events.data.has_handlers()) {
    if (auto refused = co_await run_data_event(t)) co_return std::move(*refused);
  }
  auto groups = co_await split(t);
  for (auto& recipients : groups) {
    auto m = make_message(t, std::move(recipients));
    auto refused = co_await run_message_event(m);
    if (refused) {
      // One split message was refused: its recipients alone are (reference/kumo 9.2, PARTIAL).
      if (refused->close || groups.size() == 1) co_return std::move(*refused);
      refusals_.push_back({std::move(*refused), m});
      continue;
    }
    add_trace_header(*m);
    messages_.push_back(std::move(m));
  }
  if (messages_.empty()) co_return std::move(refusals_.front().answer);
  if (auto refused = co_await store()) co_return std::move(*refused);
  co_await enqueue();
  for (const auto& r : refusals_) {
    for (const auto& recipient : r.about->recipients) {
      parts_.records.submit(rejection_record(*context_, r.answer.reply, &r.about->sender, &recipient), nullptr);
    }
  }
  co_return accepted();
}

rt::task<smtp::decision> acceptance::run_data_event(smtp::transaction& t) {
  auto whole = std::make_shared<mail::message>(uuid::make_v1(), t.sender, t.recipients);
  whole->meta = context_->meta;
  whole->content.base = t.body;
  hook::arguments args{whole, context_};
  const auto verdict = co_await parts_.events.data.run(std::move(args));
  t.sender = whole->sender;
  t.recipients = whole->recipients;
  if (!whole->content.prefix.empty()) {
    whole->set_data(whole->content.join());
  }
  t.body = whole->content.base;
  co_return decision_of(verdict, options_.host());
}

rt::task<std::vector<acceptance::group>> acceptance::split(const smtp::transaction& t) {
  std::vector<group> groups;
  if (parts_.events.split_transaction.has_handlers()) {
    auto whole = std::make_shared<mail::message>(uuid::make_v1(), t.sender, t.recipients);
    whole->meta = context_->meta;
    whole->content.base = t.body;
    hook::arguments args{whole, context_};
    auto verdict = co_await parts_.events.split_transaction.run(std::move(args));
    if (verdict.returned && !verdict.returned->is_null()) co_return read_groups(*verdict.returned);
  }
  for (const auto& recipient : t.recipients) {
    auto at = groups.end();
    if (options_.batch_handling == smtp::batch_handling::batch_by_domain) {
      at = std::find_if(groups.begin(), groups.end(),
                        [&](const group& g) { return iequals(g.front().domain(), recipient.domain()); });
    }
    if (at == groups.end()) {
      groups.push_back({recipient});
    } else {
      at->push_back(recipient);
    }
  }
  co_return groups;
}

mail::message_ref acceptance::make_message(const smtp::transaction& t, group recipients) const {
  auto m = std::make_shared<mail::message>(uuid::make_v1(), t.sender, std::move(recipients));
  m->meta = context_->meta;
  m->content.base = t.body;
  if (options_.trace_headers.received_header) add_received_header(*m);
  return m;
}

rt::task<smtp::decision> acceptance::run_message_event(const mail::message_ref& m) {
  const auto recipients_before = m->recipients;
  if (parts_.events.message_received.has_handlers()) {
    hook::arguments args{m, context_};
    const auto verdict = co_await parts_.events.message_received.run(std::move(args));
    if (auto refused = decision_of(verdict, options_.host())) co_return refused;
  }
  if (is_discarded(*m)) co_return std::nullopt;
  // The script may have changed the envelope, and a report-only recipient was let in for its reports alone.
  for (const auto& recipient : m->recipients) {
    const auto may = co_await rule_.check(options_, m->sender, recipient);
    const bool was_changed_by_policy =
        std::find(recipients_before.begin(), recipients_before.end(), recipient) == recipients_before.end();
    if (may != relaying::permitted && !was_changed_by_policy) {
      co_return make_answer(550, "5.7.1 relaying not permitted");
    }
  }
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
  if (!trace.supplemental_header || is_discarded(m)) return;
  m.prepend_header(trace.header_name, mail::trace_header_value(m, trace));
}

rt::task<smtp::decision> acceptance::store() {
  if (options_.deferred_spool) co_return std::nullopt;
  std::vector<mail::message*> wanted;
  for (const auto& m : messages_) {
    if (!is_discarded(*m)) wanted.push_back(m.get());
  }
  if (wanted.empty()) co_return std::nullopt;
  auto stored = co_await parts_.store.store_all(std::move(wanted));
  if (stored) co_return std::nullopt;
  log::error("receive", "cannot spool a message: {}", stored.why().text);
  co_return make_answer(452, "4.3.1 insufficient system storage, try again later");
}

rt::task<> acceptance::enqueue() {
  const auto reply = accepted().reply;
  failed_.assign(messages_.size(), false);
  for (std::size_t i = 0; i < messages_.size(); ++i) {
    const auto& m = messages_[i];
    if (is_discarded(*m)) continue;
    parts_.records.submit(reception_record(*m, *context_, reply), m);
    auto inserted = co_await parts_.queues.insert(m, queue::insert_context::received);
    if (inserted) continue;
    failed_[i] = true;
    parts_.records.submit(unwound_record(*m, inserted.why().text), m);
    parts_.store.remove(*m);
  }
}

smtp::answer acceptance::accepted() const {
  const auto failures = static_cast<std::size_t>(std::count(failed_.begin(), failed_.end(), true));
  if (!messages_.empty() && failures == messages_.size()) {
    return make_answer(451, "4.3.0 the message could not be queued, try again later");
  }
  std::string text = failures + refusals_.size() > 0 ? "PARTIAL ids=" : "OK ids=";
  for (std::size_t i = 0; i < messages_.size(); ++i) {
    if (i < failed_.size() && failed_[i]) continue;
    if (!text.ends_with('=')) text += ' ';
    text += messages_[i]->id.simple();
  }
  return make_answer(250, text);
}

}  // namespace godwit::receive
