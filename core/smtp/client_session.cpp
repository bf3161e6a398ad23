#include "smtp/client_session.hpp"

#include "base/encoding.hpp"

namespace godwit::smtp {
namespace {

constexpr std::chrono::seconds quit_timeout{5};

client_error refused(std::string_view command, mail::response reply) {
  reply.command = command;
  return {client_error::kind::refused, fmt::format("{} was refused: {}", command, reply.one_line()), std::move(reply)};
}

}  // namespace

client_session::client_session(std::unique_ptr<net::stream> stream, client_options options)
    : options_(std::move(options)), channel_(std::move(stream), options_.on_progress, options_.traced), transactions_(channel_, options_) {}

rt::task<heard> client_session::ask(std::string_view command, std::chrono::nanoseconds limit, std::string_view shown) {
  if (shown.empty()) shown = command;
  heard h;
  if (channel_.has_unread()) {
    h.failure = client_error{client_error::kind::protocol,
                             fmt::format("the peer sent more than it was asked for before {}", shown), {}};
    co_return h;
  }
  const std::string line = fmt::format("{}\r\n", command);
  channel_.tell(trace_kind::write, shown);
  h.failure = co_await channel_.write(line, limit, shown);
  if (!h.failure) h = co_await channel_.read_reply(shown, limit);
  co_return h;
}

rt::task<client_failure> client_session::read_banner() {
  heard h = co_await channel_.read_reply("banner", options_.banner_timeout);
  if (h.failure) co_return h.failure;
  if (h.reply.code == 220) co_return std::nullopt;
  h.reply.command.clear();
  co_return client_error{client_error::kind::refused, "banner: " + h.reply.one_line(), h.reply};
}

rt::task<client_failure> client_session::hello() {
  const std::string command = fmt::format("{} {}", options_.use_lmtp ? "LHLO" : "EHLO", options_.ehlo_name);
  heard h = co_await ask(command, options_.ehlo_timeout);
  if (h.failure) co_return h.failure;
  if (h.reply.code != 250) co_return refused(command, std::move(h.reply));
  offered_ = client_capabilities::parse(h.reply);
  transactions_.set_capabilities(offered_);
  co_return std::nullopt;
}

rt::task<client_failure> client_session::start_tls(net::tls_context_ref context, net::tls_peer peer) {
  heard h = co_await ask("STARTTLS", options_.starttls_timeout);
  if (h.failure) co_return h.failure;
  if (h.reply.code != 220) co_return refused("STARTTLS", std::move(h.reply));
  // Plaintext that arrived with the reply would be taken for protected input: someone in between put it there.
  if (channel_.has_unread()) {
    co_return client_error{client_error::kind::protocol, "the peer sent data between STARTTLS and the handshake", {}};
  }
  offered_ = {};
  // The reply's limit is short; a handshake takes several round trips and is part of the greeting.
  channel_.stream().set_timeout(std::max(options_.starttls_timeout, options_.banner_timeout));
  const auto agreed = co_await channel_.stream().start_tls_client(std::move(context), std::move(peer));
  if (agreed) {
    if (is_traced()) channel_.tell(trace_kind::note, fmt::format("{} {}", tls().version, tls().cipher));
    co_return std::nullopt;
  }
  channel_.tell(trace_kind::note, agreed.why().text);
  co_return client_error{client_error::kind::handshake, agreed.why().text, {}};
}

rt::task<client_failure> client_session::auth_plain(std::string_view user, std::string_view password) {
  std::string secret;
  secret.append(1, '\0').append(user).append(1, '\0').append(password);
  const std::string command = "AUTH PLAIN " + base64_encode(secret);
  // Errors and logs see the command without its argument.
  heard h = co_await ask(command, options_.auth_timeout, "AUTH PLAIN");
  if (h.failure) co_return h.failure;
  if (h.reply.code != 235) co_return refused("AUTH PLAIN", std::move(h.reply));
  co_return std::nullopt;
}

rt::task<> client_session::quit() {
  channel_.tell(trace_kind::write, "QUIT");
  const client_failure failed = co_await channel_.write("QUIT\r\n", quit_timeout, "QUIT");
  if (!failed) co_await channel_.read_reply("QUIT", quit_timeout);
  channel_.stream().close();
}

}  // namespace godwit::smtp
