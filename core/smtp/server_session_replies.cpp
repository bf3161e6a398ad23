// What a session says, and when it is sent.

#include "log/log.hpp"
#include "smtp/server_session.hpp"

namespace godwit::smtp {

rt::task<> server_session::reply(canned_reply r) {
  if (r.code < 400 && !rewrites_replies_) {
    append_reply(out_, r);
    co_return;
  }
  co_await reply(r.value());
}

rt::task<> server_session::reply(mail::response r, const mail::address* recipient) {
  if (r.code >= 400) {
    shared_.metrics->rejected();
    r.command = command_;
    if (!recipient && !transaction_.recipients.empty()) recipient = &transaction_.recipients.front();
    const auto* sender = transaction_.sender ? &*transaction_.sender : nullptr;
    if (policy_) co_await policy_->on_reply(r, sender, recipient);
  } else if (rewrites_replies_) {
    r.command = command_;
    co_await policy_->rewrite_reply(r);
  }
  append_reply(out_, r);
}

rt::task<> server_session::reply(int code, std::string text) {
  mail::response r;
  r.code = code;
  r.content = std::move(text);
  co_await reply(std::move(r));
}

rt::task<> server_session::end(mail::response r) {
  is_ending_ = true;
  co_await reply(std::move(r));
}

rt::task<> server_session::give(answer a, const mail::address* recipient) {
  co_await reply(std::move(a.reply), recipient);
  if (a.farewell) co_await reply(std::move(*a.farewell), recipient);
  if (a.close) is_ending_ = true;
}

rt::task<bool> server_session::flush() {
  if (out_.empty()) co_return true;
  stream_->set_timeout(options_->client_timeout);
  has_command_deadline_ = false;
  const auto ec = co_await stream_->write(std::string_view(out_));
  out_.clear();
  if (ec) log::debug("smtp", "{}: cannot send a reply: {}", peer_.text(), net::describe(ec));
  if (ec) is_ending_ = true;
  co_return !ec;
}

}  // namespace godwit::smtp
