#include "smtp/server_session.hpp"

#include "base/text.hpp"
#include "log/log.hpp"
#include "smtp/xclient.hpp"

namespace godwit::smtp {

namespace {
/// Enough for commands; DATA asks for more while it runs, so an idle session costs little.
constexpr std::size_t command_buffer = 2048;
constexpr std::size_t pipeline_buffer = 16384;

std::atomic<std::uint64_t> next_number{1};
}  // namespace

server_session::server_session(server_context& shared, rt::loop& where, net::accepted connection)
    : shared_(shared),
      loop_(where),
      options_(shared.options),
      stream_(std::move(connection.connection)),
      slot_(std::move(connection.slot)),
      peer_(stream_->peer()),
      local_(stream_->local()),
      number_(next_number.fetch_add(1, std::memory_order_relaxed)),
      began_(rt::steady_clock::now()),
      reader_(*stream_, command_buffer),
      limits_(shared.options->max_messages_per_connection) {
  shared_.metrics->opened();
}

server_session::~server_session() {
  if (policy_) policy_->on_close();
  tell(trace_kind::closed, "");
  shared_.metrics->closed();
}

rt::task<> server_session::run() {
  std::string failure;
  try {
    co_await converse();
  } catch (const std::exception& e) {
    failure = e.what();
  } catch (...) {
    failure = "unknown exception";
  }
  const auto cancelled = co_await asio::this_coro::cancellation_state;
  if (cancelled.cancelled() != asio::cancellation_type::none) co_return;  // every wait would throw now
  if (!failure.empty()) co_await give_up(std::move(failure));
  if (must_linger_) co_await stream_->linger_close();
  stream_->close();
}

rt::task<> server_session::give_up(std::string why) {
  log::error("smtp", "session {} with {}: {}: {}", policy_ ? policy_->context().session_id.simple() : "",
             peer_.text(), command_.empty() ? "before the greeting" : command_, why);
  const auto farewell = replies::technical_difficulties(host());
  try {
    co_await end(farewell);
  } catch (const std::exception&) {
    append_reply(out_, farewell);  // the policy failed again, while it was told of this reply
  }
  co_await flush();
}

session_view server_session::view() const {
  const auto verb = command_.substr(0, command_.find(' '));
  auto state = verb.empty() ? std::string("connected") : is_waiting_ ? "waiting after " + verb : verb;
  return {number_, peer_, std::move(state), rt::steady_clock::now() - began_, stream_->is_tls()};
}

void server_session::shut_down() {
  if (is_waiting_ && !transaction_.sender) stream_->cancel();
}

rt::task<> server_session::converse() {
  const bool greeted = co_await greet();
  while (greeted && !is_ending_) {
    const auto taken = reader_.take_line(options_->line_length_hard_limit);
    if (taken.status == net::line_reader::status::incomplete) {
      const bool got_more = co_await more_input();
      if (!got_more) co_return;
      continue;
    }
    has_command_deadline_ = false;
    said_ = 0;
    if (shared_.shutting_down.load(std::memory_order_relaxed)) {
      co_await end(replies::shutting_down(host()));
    } else if (taken.status == net::line_reader::status::too_long) {
      command_.clear();
      tell(trace_kind::note, "a line that is too long");
      co_await reply(replies::line_too_long);
    } else {
      co_await execute(taken.text);
    }
    const bool may_go_on = is_ending_ || said_ < 400 || limits_.allow_error();
    if (!may_go_on) co_await end_for_errors();
  }
  co_await flush();
}

/// What ends a connection before anything else is done for it (KumoMTA: SMTP server).
std::optional<mail::response> server_session::turned_away() {
  if (!slot_.is_within_limit()) {
    shared_.metrics->denied();
    return replies::too_many_connections(host());
  }
  if (shared_.shutting_down.load(std::memory_order_relaxed)) return replies::shutting_down(host());
  return policy_->refusal();
}

/// The policy comes first, because every refusal is logged (KumoMTA: SMTP server).
rt::task<bool> server_session::greet() {
  tell(trace_kind::connected, "");
  options_ = options_for(shared_.options, local_.address, peer_.address);
  const session_start start{peer_, local_, uuid::make_v1(), options_, &loop_};
  policy_ = shared_.make_policy(start);
  policy_->context().session_id = start.session_id;
  if (auto refusal = turned_away()) {
    must_linger_ = options_->require_proxy_protocol;  // its header was not read
    co_await end(std::move(*refusal));
    co_await flush();
    co_return false;
  }
  rewrites_replies_ = policy_->rewrites_replies();
  if (options_->require_proxy_protocol) {
    const bool has_header = co_await read_proxy_header();
    if (!has_header) co_return false;
  }
  introduce();
  co_await apply_dynamic_options();
  limits_ = session_limits(options_->max_messages_per_connection);
  auto refusal = co_await policy_->on_connect();
  if (refusal) {
    refusal->close = refusal->close || !refusal->reply.is_positive();
    co_await give(std::move(*refusal));
  } else {
    co_await reply(220, fmt::format("{} {}", host(), options_->banner));
  }
  co_return true;
}

rt::task<bool> server_session::more_input() {
  const bool sent = co_await flush();
  if (!sent) co_return false;
  // A deadline per command, not per byte: a line that drips in is not renewed.
  if (!std::exchange(has_command_deadline_, true)) stream_->set_timeout(options_->client_timeout);
  if (!reader_.has_buffered()) reader_.shrink();
  if (!transaction_.sender && shared_.shutting_down.load(std::memory_order_relaxed)) {
    co_return co_await input_failed(asio::error::operation_aborted);
  }
  is_waiting_ = true;
  const auto ec = co_await reader_.fill(pipeline_buffer);
  is_waiting_ = false;
  if (!ec) co_return true;
  co_return co_await input_failed(ec);
}

/// Always false: there will be no more input.
rt::task<bool> server_session::input_failed(std::error_code ec) {
  command_.clear();
  is_ending_ = true;
  if (ec == asio::error::timed_out) {
    co_await end(replies::idle_too_long(host()));
  } else if (ec == asio::error::operation_aborted && shared_.shutting_down.load(std::memory_order_relaxed)) {
    co_await end(replies::shutting_down(host()));
  } else {
    log::debug("smtp", "{}: {}", peer_.text(), net::describe(ec));
    if (is_traced()) tell_watchers(trace_kind::note, net::describe(ec));
    co_return false;
  }
  co_await flush();
  co_return false;
}

/// Kept for log records. Credentials may be in the line: of AUTH only the mechanism stays, and what a client sends after a
/// refused AUTH, as if it had been asked, is not kept at all.
void server_session::note_command(const command& c) {
  const bool is_auth = c.what() == verb::auth;
  is_after_auth_ = is_auth || (is_after_auth_ && c.what() == verb::unknown);
  if (is_auth) {
    auto rest = c.argument;
    command_ = "AUTH ";
    command_ += take_word(rest);
  } else if (is_after_auth_) {
    command_ = fmt::format("({} bytes that are no command)", c.line.size());
  } else {
    command_.assign(c.line);
  }
  tell(trace_kind::read, command_);
}

void server_session::tell_watchers(trace_kind what, std::string_view text) const {
  trace({true, number_, peer_, local_, {}, {}, {}, {}}, what, text);
}

void server_session::tell_content(trace_kind what, std::uint64_t bytes, std::string_view unit) const {
  if (is_traced()) [[unlikely]] tell_watchers(what, fmt::format("{} bytes of {}", bytes, unit));
}

rt::task<> server_session::execute(std::string_view line) {
  const auto c = parse_command(line);
  note_command(c);
  if (c.traits->is_junk && !limits_.allow_junk()) {
    co_await end_for_errors();
  } else if (!is_valid_utf8(line)) {
    co_await reply(replies::invalid_utf8);
  } else if (has_control_characters(line)) {
    co_await reply(replies::syntax_error("control characters are not permitted"));
  } else if (!c.traits->is_implemented) {
    co_await reply(replies::unimplemented);
  } else if (!c.traits->takes_argument && !c.argument.empty()) {
    co_await reply(replies::syntax_error(fmt::format("{} takes no argument", c.traits->name)));
  } else if (c.traits->last_in_pipeline && reader_.has_buffered()) {
    // What follows was sent before our answer: in the clear before TLS, or under another name. Not to be
    // trusted.
    must_linger_ = true;
    co_await end(replies::input_before_reply.value());
  } else {
    co_await dispatch(c);
  }
}

rt::task<> server_session::end_for_errors() {
  must_linger_ = true;  // whoever sends errors in a row may be far ahead of our replies
  co_await end(replies::too_many_errors(host()));
}

rt::task<> server_session::dispatch(command c) {
  switch (c.what()) {
    case verb::mail:
      co_return co_await mail(c);
    case verb::rcpt:
      co_return co_await rcpt(c);
    case verb::data:
      co_return co_await data();
    case verb::bdat:
      co_return co_await bdat(c);
    case verb::ehlo:
    case verb::helo:
      co_return co_await hello(c);
    case verb::starttls:
      co_return co_await start_tls();
    case verb::auth:
      co_return co_await auth(c);
    case verb::xclient:
      co_return co_await xclient(c);
    case verb::noop:
      co_return co_await reply(replies::noop);
    case verb::rset:
      reset_transaction();
      co_return co_await reply(replies::reset);
    case verb::quit:
      is_ending_ = true;
      co_return co_await reply(replies::quit);
    default:
      co_return co_await reply(replies::unimplemented);
  }
}

rt::task<> server_session::hello(command c) {
  auto rest = c.argument;
  const std::string domain(take_word(rest));
  if (domain.empty()) co_return co_await reply(replies::syntax_error("a domain is missing"));
  reset_transaction();
  const bool extended = c.what() == verb::ehlo;
  std::vector<std::string> extensions;
  if (extended) {
    extensions = {"PIPELINING",
                  "ENHANCEDSTATUSCODES",
                  "8BITMIME",
                  "SMTPUTF8",
                  fmt::format("SIZE {}", options_->max_message_size),
                  "CHUNKING"};
    if (!stream_->is_tls()) extensions.emplace_back("STARTTLS");
    if (may_authenticate()) extensions.emplace_back("AUTH PLAIN LOGIN");
    if (options_->allow_xclient) extensions.emplace_back(xclient_extension);
  }
  policy_->context().meta.set("ehlo_domain", domain);
  auto refusal = co_await policy_->on_ehlo(domain, extensions);
  if (refusal) co_return co_await give(std::move(*refusal));
  auto text = extended ? fmt::format("{} Aloha {}", host(), domain) : fmt::format("Hello {}!", domain);
  if (!extended) extensions.clear();
  for (const auto& extension : extensions) text += "\r\n" + extension;
  co_await reply(250, std::move(text));
}

}  // namespace godwit::smtp
