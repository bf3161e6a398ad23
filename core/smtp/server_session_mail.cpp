// The mail transaction: MAIL, RCPT, DATA, BDAT.

#include "log/log.hpp"
#include "smtp/server_session.hpp"

namespace godwit::smtp {

namespace {

constexpr std::size_t content_buffer = 16384;

const canned_reply& text_of(body_fault fault) {
  switch (fault) {
    case body_fault::bad_line_endings:
      return replies::bad_line_endings;
    case body_fault::line_too_long:
      return replies::line_too_long;
    default:
      return replies::too_big;
  }
}

double seconds_since(rt::steady_clock::time_point start) {
  return std::chrono::duration<double>(rt::steady_clock::now() - start).count();
}

/// `250 OK EnvelopeAddress("a@b")`: the reference shows the address as its debugger would.
std::string address_ok(const mail::address& a) {
  std::string text = "OK EnvelopeAddress(\"";
  for (const char c : a.email()) {
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  return text + "\")";
}

}  // namespace

rt::task<> server_session::mail(command c) {
  if (transaction_.sender) co_return co_await reply(replies::mail_repeated);
  if (!limits_.allow_message()) co_return co_await end(replies::too_many_messages(host()));
  std::string_view why;
  const auto path = parse_path(c.argument, "FROM", why);
  if (!path) co_return co_await reply(replies::syntax_error(why));
  mail_parameters parameters;
  if (const auto wrong = parse_mail_parameters(path->parameters, parameters)) {
    auto refusal = wrong->is_unsupported
                       ? replies::unsupported_parameter(wrong->parameter)
                       : replies::syntax_error(fmt::format("parameter {}", wrong->parameter));
    co_return co_await reply(std::move(refusal));
  }
  if (parameters.size > options_->max_message_size) co_return co_await reply(replies::too_big);
  auto sender = mail::address::parse(path->address);
  if (!sender) co_return co_await reply(replies::bad_sender(sender.why().text));
  auto decided = co_await policy_->on_mail_from(*sender);
  if (decided && !decided->reply.is_positive()) co_return co_await give(std::move(*decided));
  // The policy may have put anything in its place.
  auto checked = mail::address::parse(sender->email());
  if (!checked) co_return co_await reply(replies::bad_sender(checked.why().text));
  transaction_.started = rt::steady_clock::now();
  transaction_.declared_size = parameters.size;
  transaction_.smtputf8 = parameters.smtputf8;
  transaction_.sender = std::move(*checked);
  if (!decided) decided = answer{{250, {}, address_ok(*transaction_.sender), {}}, false, {}};
  co_await give(std::move(*decided));
  if (said_ >= 400) reset_transaction();  // smtp_server_rewrite_response: what the peer was refused does not count
}

rt::task<> server_session::rcpt(command c) {
  if (!transaction_.sender) co_return co_await reply(replies::need_mail);
  if (transaction_.recipients.size() >= options_->max_recipients_per_message) {
    co_await reply(replies::too_many_recipients);
    // RFC 5321 4.5.3.1.10: a sender may offer them all and send the rest later; that is no error of its own.
    if (++transaction_.surplus <= options_->max_recipients_per_message) said_ = 0;
    co_return;
  }
  std::string_view why;
  const auto path = parse_path(c.argument, "TO", why);
  if (!path) co_return co_await reply(replies::syntax_error(why));
  if (!path->parameters.empty()) co_return co_await reply(replies::unsupported_parameter(path->parameters));
  auto recipient = mail::address::parse(path->address);
  if (!recipient || recipient->is_null()) co_return co_await reply(replies::bad_recipient);
  auto decided = co_await policy_->on_rcpt_to(*transaction_.sender, *recipient);
  if (decided && !decided->reply.is_positive()) co_return co_await give(std::move(*decided), &*recipient);
  auto checked = mail::address::parse(recipient->email());
  if (!checked || checked->is_null()) co_return co_await reply(replies::bad_recipient);
  transaction_.recipients.push_back(std::move(*checked));
  if (!decided) decided = answer{{250, {}, address_ok(transaction_.recipients.back()), {}}, false, {}};
  co_await give(std::move(*decided), &transaction_.recipients.back());
  if (said_ >= 400) {
    transaction_.recipients.pop_back();
  } else {
    limits_.took_recipient();
  }
}

body_limits server_session::content_limits() const {
  return {options_->invalid_line_endings, options_->line_length_hard_limit, options_->max_message_size};
}

bool server_session::is_hopeless(const body_builder& body) const {
  return body.drained() > drain_limit(options_->max_message_size);
}

/// Hands input to `feed` until it returns true. False: there is no more input, the session ends.
template <class Feed>
rt::task<bool> server_session::read_content(Feed feed) {
  reader_.reserve(content_buffer);
  stream_->set_timeout(options_->client_timeout);
  has_command_deadline_ = false;
  for (std::size_t since_renewal = 0; !feed();) {
    const auto ec = co_await reader_.fill(options_->data_buffer_size);
    if (ec) co_return co_await input_failed(ec);
    since_renewal += reader_.buffered().size();
    if (since_renewal >= bytes_per_renewal) {
      since_renewal = 0;
      stream_->set_timeout(options_->client_timeout);
    }
  }
  co_return true;
}

rt::task<> server_session::data() {
  if (!transaction_.sender) co_return co_await reply(replies::need_mail);
  if (transaction_.recipients.empty()) co_return co_await reply(replies::need_rcpt);
  if (transaction_.bdat) co_return co_await reply(replies::data_after_bdat);
  co_await reply(replies::go_ahead);
  if (said_ != replies::go_ahead.code) co_return;  // rewritten: no content will come
  const bool sent = co_await flush();
  if (!sent) co_return;
  const auto start = rt::steady_clock::now();
  data_reader content(content_limits());
  content.body().expect(transaction_.declared_size);
  const bool complete = co_await read_content([this, &content] {
    const auto input = reader_.buffered();
    reader_.consume(content.feed({input.data(), input.size()}));
    return content.is_done() || is_hopeless(content.body());
  });
  if (!complete) co_return;
  tell_content(trace_kind::content, content.body().size(), "content");
  reader_.shrink();
  shared_.metrics->read_data(seconds_since(start));
  is_ending_ = must_linger_ = !content.is_done();
  if (content.body().fault() != body_fault::none) co_return co_await refuse_content(content.body().fault());
  co_await accept_content(content.body().finish(), false);
}

rt::task<> server_session::refuse_content(body_fault fault) {
  co_await reply(text_of(fault));
  reset_transaction();
}

rt::task<> server_session::accept_content(std::shared_ptr<mail::body> body, bool is_bdat) {
  const auto started = transaction_.started;
  const auto processing = rt::steady_clock::now();
  transaction t{*transaction_.sender, transaction_.recipients, std::move(body), transaction_.smtputf8,
                is_bdat};
  auto outcome = co_await policy_->on_message(std::move(t));
  shared_.metrics->process_data(seconds_since(processing));
  if (outcome.reply.is_positive()) {
    shared_.metrics->received();
    limits_.moved_mail();
  }
  co_await give(std::move(outcome));
  shared_.metrics->transaction(seconds_since(started));
  reset_transaction();
}

rt::task<> server_session::bdat(command c) {
  const auto chunk = parse_bdat(c.argument);
  if (!chunk) {
    // How much follows is unknown, and none of it is a command.
    must_linger_ = true;
    co_return co_await end(replies::syntax_error("BDAT needs a size and perhaps LAST"));
  }
  const canned_reply* refusal = !transaction_.sender              ? &replies::need_mail
                                : transaction_.recipients.empty() ? &replies::need_rcpt
                                : transaction_.bdat_failed        ? &replies::bdat_failed
                                                                  : nullptr;
  if (!refusal) co_return co_await bdat_chunk(*chunk);
  const bool discarded = co_await discard(chunk->size);
  if (discarded) co_await reply(*refusal);
}

rt::task<bool> server_session::discard(std::uint64_t bytes) {
  const auto size = bytes;
  if (bytes > drain_limit(options_->max_message_size)) {
    is_ending_ = must_linger_ = true;
    co_return true;
  }
  const bool complete = co_await read_content([this, &bytes] {
    const auto step = std::min<std::uint64_t>(bytes, reader_.buffered().size());
    reader_.consume(step);
    bytes -= step;
    return bytes == 0;
  });
  reader_.shrink();
  if (complete) tell_content(trace_kind::content, size, "content, not kept");
  co_return complete;
}

rt::task<> server_session::bdat_chunk(bdat_argument chunk) {
  if (!transaction_.bdat) transaction_.bdat = std::make_unique<bdat_reader>(content_limits());
  auto& content = *transaction_.bdat;
  if (chunk.size > options_->max_message_size - content.body().size()) {
    transaction_.bdat_failed = true;
    const bool discarded = co_await discard(chunk.size);
    if (discarded) co_await refuse_bdat(replies::too_big, chunk.is_last);
    co_return;
  }
  content.begin_chunk(chunk.size);
  const bool complete = co_await read_content([this, &content] {
    const auto input = reader_.buffered();
    reader_.consume(content.feed({input.data(), input.size()}));
    return content.is_chunk_done();
  });
  if (!complete) co_return;
  tell_content(trace_kind::content, chunk.size, "content");
  reader_.shrink();
  auto body = chunk.is_last ? content.body().finish() : nullptr;
  if (const auto fault = content.body().fault(); fault != body_fault::none) {
    co_return co_await refuse_bdat(text_of(fault), chunk.is_last);
  }
  if (chunk.is_last) co_return co_await accept_content(std::move(body), true);
  co_await reply(250, fmt::format("OK {} octets received", chunk.size));
  if (said_ >= 400) transaction_.bdat_failed = true;
}

/// RFC 3030 2: after a refused chunk the rest of the message is refused, too.
rt::task<> server_session::refuse_bdat(canned_reply why, bool is_last) {
  transaction_.bdat_failed = true;
  co_await reply(why);
  if (is_last) reset_transaction();
}

}  // namespace godwit::smtp
