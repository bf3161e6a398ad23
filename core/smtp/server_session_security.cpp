// Who speaks, and through what: PROXY header, STARTTLS, AUTH, XCLIENT, and the metadata that tells of it.

#include "log/log.hpp"
#include "net/proxy_protocol.hpp"
#include "smtp/auth.hpp"
#include "smtp/server_session.hpp"
#include "smtp/xclient.hpp"

namespace godwit::smtp {

/// False: no header, or a wrong one; the connection is dropped without a word, as its balancer expects.
rt::task<bool> server_session::read_proxy_header() {
  using verdict = net::proxy_header::verdict;
  stream_->set_timeout(options_->client_timeout);
  for (;;) {
    const auto header = net::parse_proxy_header(reader_.buffered());
    if (header.status == verdict::invalid) {
      log::warn("smtp", "{}: no PROXY header, but this listener requires one", peer_.text());
      co_return false;
    }
    if (header.status == verdict::complete) {
      reader_.consume(header.consumed);
      if (header.has_addresses) {
        peer_ = header.source;
        local_ = header.destination;
        options_ = options_for(shared_.options, local_.address, peer_.address);
        if (is_traced()) tell_watchers(trace_kind::note, "PROXY header of " + stream_->peer().text());
      }
      co_return true;
    }
    if (co_await reader_.fill()) co_return false;
  }
}

/// Connection metadata as the reference names it (3.3).
void server_session::introduce() {
  auto& context = policy_->context();
  context.peer = peer_;
  context.local = local_;
  for (const auto& [key, member] : options_->meta) context.meta.set(key, member);
  context.meta.set("reception_protocol", "ESMTP");
  context.meta.set("received_from", peer_.text());
  context.meta.set("received_via", local_.text());
  context.meta.set("hostname", host());
  if (peer_ != stream_->peer()) context.meta.set("orig_received_from", stream_->peer().text());
  if (local_ != stream_->local()) context.meta.set("orig_received_via", stream_->local().text());
}

rt::task<> server_session::apply_dynamic_options() {
  const auto overrides = co_await policy_->dynamic_options();
  if (!overrides.is_null()) {
    config::problems found;
    auto merged = std::make_shared<listener_options>(overlay(*options_, overrides, found));
    if (!found.empty())
      throw std::runtime_error("smtp_server_get_dynamic_parameters: " + config::describe(found));
    options_ = std::move(merged);
    introduce();
  }
  policy_->on_options(options_);
}

rt::task<> server_session::start_tls() {
  if (stream_->is_tls()) co_return co_await reply(replies::tls_active);
  auto context = shared_.tls->server(options_->tls());
  if (!context) {
    log::error("smtp", "STARTTLS for {}: {}", peer_.text(), context.why().text);
    co_return co_await reply(replies::tls_unavailable);
  }
  co_await reply(replies::start_tls);
  if (said_ != replies::start_tls.code) co_return;
  const bool sent = co_await flush();
  if (!sent) co_return;
  stream_->set_timeout(options_->client_timeout);
  const auto info = co_await stream_->start_tls_server(*context);
  if (!info) {
    log::info("smtp", "{}: {}", peer_.text(), info.why().text);
    tell(trace_kind::note, info.why().text);
    is_ending_ = true;
    co_return;
  }
  // RFC 3207 4.2: what was said in the clear is forgotten.
  reset_transaction();
  is_authenticated_ = false;
  policy_->context().meta.erase("ehlo_domain");
  note_tls(*info);
}

void server_session::note_tls(const net::tls_info& info) {
  if (is_traced()) tell_watchers(trace_kind::note, fmt::format("{} {}", info.version, info.cipher));
  auto& meta = policy_->context().meta;
  meta.set("tls_cipher", info.cipher);
  meta.set("tls_protocol_version", info.version);
  if (!info.peer_verified) return;
  value::array subject(info.peer_subject_name.begin(), info.peer_subject_name.end());
  meta.set("tls_peer_subject_name", std::move(subject));
}

rt::task<> server_session::auth(command c) {
  auto rest = c.argument;
  const std::string name(take_word(rest));
  if (name.empty()) co_return co_await reply(replies::syntax_error("a mechanism is missing"));
  if (is_authenticated_) co_return co_await reply(replies::auth_twice);
  if (transaction_.sender) co_return co_await reply(replies::auth_in_transaction);
  const auto mechanism = find_mechanism(name);
  if (!mechanism) co_return co_await reply(replies::auth_unknown(name));
  if (!may_authenticate()) co_return co_await reply(replies::auth_needs_tls(name));
  auth_exchange exchange(*mechanism);
  auto step = exchange.begin(rest);
  while (step == auth_exchange::step::challenge) {
    append_line(out_, 334, ' ', exchange.challenge());
    const auto line = co_await auth_line();
    if (!line) co_return;
    step = exchange.respond(*line);
  }
  if (step == auth_exchange::step::failed) co_return co_await reply(exchange.error());
  const auto& who = exchange.who();
  auto decided = co_await policy_->on_auth_plain(who.authorization, who.authentication, who.password);
  if (decided && !decided->reply.is_positive()) {
    const bool may_try_again = limits_.allow_failed_auth();
    co_await give(std::move(*decided));
    if (!may_try_again && !is_ending_) co_await end(replies::too_many_errors(host()));
    co_return;
  }
  is_authenticated_ = true;
  auto& context = policy_->context();
  context.meta.set("authz_id", who.authorization);
  context.meta.set("authn_id", who.authentication);
  if (context.auth.identities.empty()) {  // the policy may know more, such as groups
    context.auth.identities.push_back({who.authorization, "SmtpAuthPlainAuthorization"});
    context.auth.identities.push_back({who.authentication, "SmtpAuthPlainAuthentication"});
  }
  if (!decided) decided = answer{replies::auth_ok.value(), false, {}};
  co_await give(std::move(*decided));
  if (said_ >= 400) forget_identity();  // smtp_server_rewrite_response
}

void server_session::forget_identity() {
  is_authenticated_ = false;
  auto& context = policy_->context();
  context.auth = {};
  context.meta.erase("authz_id");
  context.meta.erase("authn_id");
}

/// The client's line of an exchange; nothing when the exchange is over (said, if there is somebody to tell).
rt::task<std::optional<std::string>> server_session::auth_line() {
  for (;;) {
    const auto taken = reader_.take_line(auth_exchange::max_line);
    has_command_deadline_ = has_command_deadline_ && taken.status == net::line_reader::status::incomplete;
    if (taken.status == net::line_reader::status::line) {
      tell_content(trace_kind::read, taken.text.size(), "credentials");
      co_return std::string(taken.text);
    }
    if (taken.status == net::line_reader::status::too_long) {
      co_await reply(replies::auth_line_too_long);
      co_return std::nullopt;
    }
    const bool got_more = co_await more_input();
    if (!got_more) co_return std::nullopt;
  }
}

rt::task<> server_session::xclient(command c) {
  if (!options_->allow_xclient) co_return co_await reply(replies::xclient_denied);
  if (transaction_.sender) co_return co_await reply(replies::xclient_in_transaction);
  xclient_claims claims;
  auto wrong = parse_xclient(c.argument, claims);
  if (wrong) co_return co_await reply(std::move(*wrong));
  if (claims.address) peer_.address = *claims.address;
  if (claims.port) peer_.port = *claims.port;
  if (claims.destination_address) local_.address = *claims.destination_address;
  if (claims.destination_port) local_.port = *claims.destination_port;
  options_ = options_for(shared_.options, local_.address, peer_.address);
  forget_identity();
  policy_->context().meta.erase("ehlo_domain");
  introduce();
  co_await apply_dynamic_options();
  limits_ = session_limits(options_->max_messages_per_connection);  // another client, from here on
  co_await reply(220, fmt::format("{} {}", host(), options_->banner));
}

}  // namespace godwit::smtp
