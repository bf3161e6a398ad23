// What a session says, and when it is sent.

#include "log/log.hpp"
#include "smtp/server_session.hpp"

namespace godwit::smtp {

rt::task<> server_session::reply(canned_reply r) {
  if (r.code < 400 && !rewrites_replies_) {
    append_reply(out_, r);
    said_ = r.code;
    co_return;
  }
  co_await reply(r.value());
}

rt::task<> server_session::reply(mail::response r, const mail::address* recipient) {
  if (rewrites_replies_ || r.code >= 400) r.command = command_;
  if (rewrites_replies_) co_await policy_->rewrite_reply(r);
  if (r.code >= 400) note_rejection(r, recipient);
  if (r.code == 421) is_ending_ = true;  // the peer hears that the connection ends, whoever chose the code
  append_reply(out_, r);
  said_ = r.code;
}

void server_session::note_rejection(const mail::response& r, const mail::address* recipient) {
  shared_.metrics->rejected();
  if (!recipient && !transaction_.recipients.empty()) recipient = &transaction_.recipients.front();
  if (policy_) policy_->on_rejection(r, transaction_.sender ? &*transaction_.sender : nullptr, recipient);
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
  tell(trace_kind::write, out_);
  stream_->set_timeout(options_->client_timeout);
  has_command_deadline_ = false;
  const auto ec = co_await stream_->write(std::string_view(out_));
  out_.clear();
  if (ec) log::debug("smtp", "{}: cannot send a reply: {}", peer_.text(), net::describe(ec));
  if (ec) is_ending_ = true;
  co_return !ec;
}

}  // namespace godwit::smtp
