// Content and its verdicts: what follows the envelope of a transaction.

#include "smtp/client_transactions.hpp"

#include <algorithm>
#include <array>
#include <numeric>

namespace godwit::smtp {
namespace {

/// A large content is written in slices of this size, each with its own deadline: a slow line is no stalled one.
constexpr std::size_t slice_size = 256 * 1024;

}  // namespace

/// Of content that is about to be written, with what rides behind it.
void client_transactions::tell_content(const mail::message& m) {
  channel_.tell(trace_kind::content, fmt::format("{} bytes of content", m.content.size()));
  if (current_.all().back().verb != command_verb::data) return;
  channel_.tell(trace_kind::write, ".");
  if (!begun_) return;
  channel_.tell_about(*begun_);
  channel_.tell(trace_kind::write, upcoming_.text());
  channel_.tell_about(m);
}

rt::task<bool> client_transactions::send_content(progress& t, const mail::message* next) {
  if (!refuse_unasked(t)) co_return false;
  const auto& content = t.message.content;
  tail_ = ends_in_crlf(content) ? ".\r\n" : "\r\n.\r\n";
  if (next && may_begin(*next)) {
    std::vector<std::size_t> recipients(std::min(next->recipients.size(), batch_limit()));
    std::iota(recipients.begin(), recipients.end(), std::size_t{0});
    upcoming_.build(*next, recipients, options_.enable_rset, client_commands::ending::data, offered_);
    tail_ += upcoming_.text();
    begun_ = next;
  }
  if (is_traced()) [[unlikely]] tell_content(t.message);
  auto failure = co_await write_content(content, {}, tail_, needs_stuffing(content), "message payload data");
  if (failure) co_return break_off(t, std::move(*failure));
  co_return co_await read_verdicts(t, ".");
}

rt::task<bool> client_transactions::send_chunk(progress& t) {
  const std::string command = fmt::format("BDAT {} LAST", chunk_size(t.message.content));
  channel_.tell(trace_kind::write, command);
  if (is_traced()) [[unlikely]] tell_content(t.message);
  auto failure = co_await write_content(t.message.content, command + "\r\n", {}, false, command);
  if (failure) co_return break_off(t, std::move(*failure));
  co_return co_await read_verdicts(t, command);
}

// RFC 2920 3.1: DATA was accepted although no recipient was; a lone dot ends it, and its answer means nothing.
rt::task<bool> client_transactions::send_nothing(progress& t) {
  channel_.tell(trace_kind::write, ".");
  auto failure = co_await channel_.write(".\r\n", options_.data_timeout, ".");
  if (failure) co_return break_off(t, std::move(*failure));
  const heard h = co_await channel_.read_reply(".", options_.data_dot_timeout);
  if (h.failure) co_return break_off(t, *h.failure);
  if (h.reply.code == 421) t.out.is_closing = true;
  co_return !t.out.is_closing;
}

rt::task<bool> client_transactions::read_verdicts(progress& t, std::string_view command) {
  // LMTP answers once for each accepted recipient (RFC 2033 4.2), SMTP once for all.
  const std::size_t answers = options_.use_lmtp ? t.accepted.size() : 1;
  mail::response reply;
  for (std::size_t n = 0; n < answers; ++n) {
    const bool is_heard = co_await hear(t, command, options_.data_dot_timeout, reply);
    if (!is_heard) co_return false;
    if (!is_success(reply.code) && !is_refusal(reply.code)) co_return break_off(t, unexpected_reply(command, reply));
    reply.command = command;
    if (options_.use_lmtp) {
      settle(t.out.recipients[t.accepted[n]], reply);
    } else {
      for (const std::size_t i : t.accepted) settle(t.out.recipients[i], reply);
    }
  }
  needs_reset_ = false;
  co_return true;
}

rt::task<client_failure> client_transactions::write_content(const mail::content& c, std::string_view head,
                                                            std::string_view tail, bool stuffed,
                                                            std::string_view what) {
  std::string_view first = c.prefix;
  std::string_view second = c.base ? std::string_view(c.base->bytes) : std::string_view();
  if (stuffed) {
    stuff(c, stuffed_);
    first = {};
    second = stuffed_;
  }
  // BDAT has no terminator; a missing line end is still added (and counted by chunk_size).
  if (tail.empty() && !ends_in_crlf(c)) tail = "\r\n";
  std::array<asio::const_buffer, 4> pieces;
  std::size_t count = 0;
  for (std::string_view piece : {head, first, second, tail}) {
    if (!piece.empty()) pieces[count++] = asio::buffer(piece);
  }
  co_return co_await write_slices(std::span<const asio::const_buffer>(pieces).first(count), what);
}

rt::task<client_failure> client_transactions::write_slices(std::span<const asio::const_buffer> pieces,
                                                           std::string_view what) {
  if (asio::buffer_size(pieces) <= slice_size) co_return co_await channel_.write(pieces, options_.data_timeout, what);
  for (asio::const_buffer piece : pieces) {
    while (piece.size() > 0) {
      const std::array<asio::const_buffer, 1> slice{asio::buffer(piece, slice_size)};
      auto failure = co_await channel_.write(std::span<const asio::const_buffer>(slice), options_.data_timeout, what);
      if (failure) co_return failure;
      piece += slice[0].size();
    }
  }
  co_return std::nullopt;
}

}  // namespace godwit::smtp
