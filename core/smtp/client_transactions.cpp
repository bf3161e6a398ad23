#include "smtp/client_transactions.hpp"

#include "base/internal_error.hpp"

#include <algorithm>
#include <utility>

namespace godwit::smtp {
namespace {

/// Up to here the content of a chunking peer rides in the write of the commands: a refused recipient then wastes
/// little of the line.
constexpr std::size_t inline_chunk_limit = 128 * 1024;

mail::response permanent(int code, mail::enhanced_code enhanced, std::string_view text) {
  return {code, enhanced, fmt::format("KumoMTA internal: {}", text), {}};
}

}  // namespace

std::size_t client_transactions::batch_limit() const {
  return std::max<std::size_t>(options_.max_recipients_per_batch, 1);
}

bool client_transactions::may_chunk() const {
  // LMTP would answer BDAT once for each recipient; not worth a second way of counting replies.
  return options_.enable_chunking && offered_.chunking && !options_.use_lmtp;
}

client_commands::ending client_transactions::ending_of(const mail::message& m) const {
  if (!may_chunk()) return client_commands::ending::data;
  const bool is_inline = is_pipelining() && m.content.size() <= inline_chunk_limit;
  return is_inline ? client_commands::ending::bdat : client_commands::ending::none;
}

std::optional<mail::response> client_transactions::unsendable(const mail::message& m) const {
  const auto size = chunk_size(m.content);
  if (offered_.size_limit > 0 && size > offered_.size_limit) {
    return permanent(552, {5, 3, 4},
                     fmt::format("message of {} bytes is larger than the {} that the destination takes", size, offered_.size_limit));
  }
  if (options_.ignore_8bit_checks) return std::nullopt;
  if (!offered_.eight_bit_mime && is_8bit(m.content)) {
    return permanent(554, {5, 6, 3}, "DATA is 8bit, destination does not support 8BITMIME");
  }
  if (!offered_.smtputf8 && needs_smtputf8(m)) {
    return permanent(554, {5, 6, 7}, "envelope is 8bit, destination does not support SMTPUTF8");
  }
  return std::nullopt;
}

bool client_transactions::may_begin(const mail::message& next) const {
  return is_pipelining() && !may_chunk() && !next.recipients.empty() && !unsendable(next);
}

void client_transactions::find_pending(const send_result& out) {
  pending_.clear();
  for (std::size_t i = 0; i < out.recipients.size(); ++i) {
    if (!out.recipients[i].is_set) pending_.push_back(i);
  }
}

rt::task<send_result> client_transactions::send(const mail::message& m, const mail::message* next,
                                                const batch_report& report) {
  send_result out;
  out.recipients.resize(m.recipients.size());
  if (const auto refusal = unsendable(m)) {
    settle_rest(out, *refusal);
    co_return out;
  }
  if (is_traced()) [[unlikely]] channel_.tell_about(m);
  find_pending(out);
  while (!pending_.empty()) {
    const std::size_t before = pending_.size();
    const bool is_last = before <= batch_limit();
    co_await run(m, out, is_last ? next : nullptr);
    if (out.broken || out.is_closing) break;
    find_pending(out);
    // Not one recipient taken: the next attempt would fare no better.
    if (pending_.size() == before) break;
    if (pending_.empty() || !report) continue;
    co_await report(out);
    find_pending(out);
  }
  if (!out.broken) {
    for (auto& r : out.recipients) r.is_set = true;
  }
  ++sent_;
  co_return out;
}

rt::task<> client_transactions::run(const mail::message& m, send_result& out, const mail::message* next) {
  progress t{m, out};
  const auto* begun = std::exchange(begun_, nullptr);
  const bool is_begun = begun == &m;
  if (begun && !is_begun) on_internal_error("a message was announced as next and another one sent");
  if (is_begun) {
    std::swap(current_, upcoming_);
  } else {
    const bool reset = needs_reset_ || (options_.enable_rset && sent_ > 0);
    const std::size_t count = std::min(pending_.size(), batch_limit());
    current_.build(m, std::span(pending_).first(count), reset, ending_of(m), offered_);
  }
  needs_reset_ = true;  // until the peer has answered the content
  const bool is_whole = co_await exchange_commands(t, is_begun);
  if (!is_whole) co_return;
  if (t.is_go_ahead && t.accepted.empty()) {
    co_await send_nothing(t);
  } else if (t.is_go_ahead) {
    co_await send_content(t, t.is_full ? nullptr : next);
  } else if (may_chunk() && current_.all().back().verb == command_verb::rcpt && !t.accepted.empty()) {
    co_await send_chunk(t);
  }
}

rt::task<bool> client_transactions::exchange_commands(progress& t, bool is_begun) {
  const bool pipelining = is_pipelining();
  if (!is_begun) {
    if (!refuse_unasked(t)) co_return false;
    if (pipelining) {
      const bool is_written = co_await write_group(t);
      if (!is_written) co_return false;
    }
  }
  mail::response reply;
  for (const auto& c : current_.all()) {
    if (!pipelining) {
      if (c.verb == command_verb::rcpt && !t.is_mail_accepted) break;
      if (c.verb == command_verb::data && t.accepted.empty()) break;
      channel_.tell(trace_kind::write, current_.line(c));
      auto failure = co_await channel_.write(current_.wire(c), limit_of(c.verb), current_.line(c));
      if (failure) co_return break_off(t, std::move(*failure));
    }
    const bool is_heard = co_await hear(t, current_.line(c), limit_of(c.verb), reply);
    if (!is_heard || !take(t, c, std::move(reply))) co_return false;
  }
  co_return true;
}

rt::task<bool> client_transactions::write_group(progress& t) {
  // The summary of the commands costs a copy of them all, so it is made for the error alone.
  client_failure failure;
  channel_.tell(trace_kind::write, current_.text());
  if (current_.all().back().verb == command_verb::bdat) {
    if (is_traced()) [[unlikely]] tell_content(t.message);
    failure = co_await write_content(t.message.content, current_.text(), {}, false, "");
    // The peer may have taken the message although we never hear of it: do not call it untried.
    if (failure) t.is_answered = true;
  } else {
    std::chrono::nanoseconds limit{};
    for (const auto& c : current_.all()) limit = std::max(limit, limit_of(c.verb));
    failure = co_await channel_.write(current_.text(), limit, "");
  }
  if (!failure) co_return true;
  failure->text += current_.summary();
  co_return break_off(t, std::move(*failure));
}

rt::task<bool> client_transactions::hear(progress& t, std::string_view command, std::chrono::nanoseconds limit,
                                         mail::response& reply) {
  heard h;
  if (!channel_.try_reply(h)) h = co_await channel_.read_reply(command, limit);
  if (h.failure) co_return break_off(t, std::move(*h.failure));
  reply = std::move(h.reply);
  // A server that gave up waiting answers the next command with its farewell: RSET has nothing to do with it.
  if (reply.code == 421 && !t.is_answered && command == "RSET") {
    co_return break_off(t, {client_error::kind::lost, "closed by peer: " + reply.one_line(), {}});
  }
  t.is_answered = true;
  if (reply.code != 421) co_return true;
  reply.command = command;
  settle_rest(t.out, reply);
  t.out.is_closing = true;
  co_return false;
}

bool client_transactions::take(progress& t, const client_command& c, mail::response reply) {
  const bool is_expected = c.verb == command_verb::data ? reply.code == 354 : is_success(reply.code);
  if (!is_expected && !is_refusal(reply.code)) return break_off(t, unexpected_reply(current_.line(c), reply));
  if (!is_expected) reply.command = current_.line(c);
  switch (c.verb) {
    case command_verb::rset:
      if (is_expected) return true;
      return break_off(t, {client_error::kind::refused, "RSET was refused: " + reply.one_line(), reply});
    case command_verb::mail: return take_mail(t, std::move(reply));
    case command_verb::rcpt: return take_recipient(t, c.recipient, std::move(reply));
    case command_verb::data: return take_data(t, std::move(reply));
    case command_verb::bdat: break;
  }
  reply.command = current_.line(c);
  if (is_expected) needs_reset_ = false;
  for (const std::size_t i : t.accepted) settle(t.out.recipients[i], reply);
  return true;
}

bool client_transactions::take_mail(progress& t, mail::response reply) {
  t.is_mail_accepted = is_success(reply.code);
  if (t.is_mail_accepted) return true;
  for (const auto& c : current_.all()) {
    if (c.verb == command_verb::rcpt) settle(t.out.recipients[c.recipient], reply);
  }
  return true;
}

bool client_transactions::take_recipient(progress& t, std::size_t recipient, mail::response reply) {
  auto& slot = t.out.recipients[recipient];
  if (slot.is_set) return true;  // MAIL was refused already
  if (is_success(reply.code)) {
    t.accepted.push_back(recipient);
  } else if (says_too_many(reply)) {
    t.is_full = true;
    slot.reply = std::move(reply);
    slot.is_too_many = true;
  } else {
    settle(slot, reply);
  }
  return true;
}

bool client_transactions::take_data(progress& t, mail::response reply) {
  t.is_go_ahead = reply.code == 354;
  if (t.is_go_ahead) return true;
  for (const std::size_t i : t.accepted) settle(t.out.recipients[i], reply);
  return true;
}

bool client_transactions::break_off(progress& t, client_error why) {
  // Nothing of this message was judged, and the connection served others before: it went stale in between. With BDAT
  // in the same write the content may have arrived.
  const bool has_content = !current_.all().empty() && current_.all().back().verb == command_verb::bdat;
  const bool is_stale = why.what == client_error::kind::lost && sent_ > 0 && !t.is_answered && !has_content;
  t.out.is_untried = is_stale && std::none_of(t.out.recipients.begin(), t.out.recipients.end(),
                                              [](const recipient_reply& r) { return r.is_set; });
  t.out.broken = std::move(why);
  return false;
}

/// Input before a command or before the content is a farewell, or replies are out of step: then every later reply would
/// be taken for the answer to something else.
bool client_transactions::refuse_unasked(progress& t) {
  if (!channel_.has_unread()) return true;
  heard h;
  if (!channel_.try_reply(h) || h.failure) {
    return break_off(t, {client_error::kind::protocol, "the peer sent more than it was asked for", {}});
  }
  const bool is_farewell = h.reply.code == 421 && !t.is_answered;
  const auto kind = is_farewell ? client_error::kind::lost : client_error::kind::protocol;
  return break_off(t, {kind, "unexpected response: " + h.reply.one_line(), {}});
}

std::chrono::nanoseconds client_transactions::limit_of(command_verb verb) const {
  switch (verb) {
    case command_verb::rset: return options_.rset_timeout;
    case command_verb::mail: return options_.mail_from_timeout;
    case command_verb::rcpt: return options_.rcpt_to_timeout;
    case command_verb::data: return options_.data_timeout;
    case command_verb::bdat: break;
  }
  return options_.data_dot_timeout;
}

}  // namespace godwit::smtp
