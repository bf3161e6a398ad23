#include "receive/session.hpp"

#include "log/log.hpp"
#include "receive/acceptance.hpp"
#include "receive/records.hpp"
#include "receive/reply.hpp"

namespace godwit::receive {

session::session(service& parts, const smtp::session_start& start)
    : parts_(parts),
      options_(start.options),
      context_(std::make_shared<mail::connection_context>()),
      rule_(parts.events.get_listener_domain, context_) {
  context_->peer = start.peer;
  context_->local = start.local;
  context_->session_id = start.session_id;
  context_->meta.set("reception_protocol", "ESMTP");
  context_->meta.set("received_via", start.local.text());
  context_->meta.set("received_from", start.peer.text());
  context_->meta.set("hostname", options_->host());
}

void session::on_options(smtp::listener_options_ref options) {
  options_ = std::move(options);
  context_->meta.set("hostname", options_->host());
}

rt::task<value> session::dynamic_options() {
  auto& event = parts_.events.dynamic_parameters;
  if (!event.has_handlers()) co_return value();
  hook::arguments args{value(context_->local.text()), context_};
  auto verdict = co_await event.run(std::move(args));
  co_return verdict.returned ? std::move(*verdict.returned) : value();
}

rt::task<smtp::decision> session::ask(hook::event& event, hook::arguments args) {
  const auto verdict = co_await event.run(std::move(args));
  co_return decision_of(verdict, options_->host());
}

std::optional<mail::response> session::refusal() {
  const auto why = parts_.refusal();
  if (!why) return std::nullopt;
  return mail::response::parse(421, fmt::format("4.3.2 {} {}", options_->host(), *why));
}

rt::task<smtp::decision> session::on_connect() {
  if (!parts_.events.connection_accepted.has_handlers()) co_return std::nullopt;
  hook::arguments args{context_};
  co_return co_await ask(parts_.events.connection_accepted, std::move(args));
}

rt::task<smtp::decision> session::on_ehlo(const std::string& domain, std::vector<std::string>& extensions) {
  context_->meta.set("ehlo_domain", domain);
  auto& event = parts_.events.ehlo;
  if (!event.has_handlers()) co_return std::nullopt;
  value::array offered(extensions.begin(), extensions.end());
  hook::arguments args{value(domain), context_, value(std::move(offered))};
  auto verdict = co_await event.run(std::move(args));
  if (verdict.returned && verdict.returned->is_array()) {
    extensions.clear();
    for (const auto& line : *verdict.returned->as_array()) {
      if (const auto* text = line.as_string()) extensions.push_back(*text);
    }
  }
  co_return decision_of(verdict, options_->host());
}

rt::task<smtp::decision> session::on_mail_from(mail::address& sender) {
  if (!parts_.events.mail_from.has_handlers()) co_return std::nullopt;
  hook::arguments args{sender, context_};
  co_return co_await ask(parts_.events.mail_from, std::move(args));
}

rt::task<smtp::decision> session::on_rcpt_to(mail::address& sender, mail::address& recipient) {
  const auto may = co_await rule_.check(*options_, sender, recipient);
  if (may == relaying::denied) {
    co_return make_answer(550, fmt::format("5.7.1 relaying not permitted for {}", context_->peer.text()));
  }
  if (!parts_.events.rcpt_to.has_handlers()) co_return std::nullopt;
  hook::arguments args{recipient, context_};
  co_return co_await ask(parts_.events.rcpt_to, std::move(args));
}

rt::task<smtp::decision> session::on_auth_plain(const std::string& authz, const std::string& authc,
                                                const std::string& password) {
  const auto refused = make_answer(535, "5.7.8 AUTH invalid");
  if (!parts_.events.auth_plain.has_handlers()) co_return refused;
  const auto& identity = authz.empty() ? authc : authz;
  hook::arguments args{value(identity), value(authc), value(password), context_};
  auto verdict = co_await parts_.events.auth_plain.run(std::move(args));
  if (auto objection = decision_of(verdict, options_->host())) co_return objection;
  const auto& returned = verdict.returned;
  const bool is_info = returned && returned->is_object();
  const bool is_true = returned && returned->as_bool() && *returned->as_bool();
  if (!is_info && !is_true) co_return refused;
  context_->meta.set("authz_id", identity);
  context_->meta.set("authn_id", authc);
  auto& auth = context_->auth;
  auth.identities = {{identity, "SmtpAuthPlainAuthorization"}, {authc, "SmtpAuthPlainAuthentication"}};
  if (const auto* groups = is_info ? returned->find("groups") : nullptr; groups && groups->as_array()) {
    for (const auto& group : *groups->as_array()) {
      if (const auto* text = group.as_string()) auth.groups.push_back(*text);
    }
  }
  co_return std::nullopt;
}

rt::task<smtp::answer> session::on_message(smtp::transaction t) {
  acceptance taking(parts_, *options_, context_, rule_);
  co_return co_await taking.take(std::move(t));
}

void session::on_rejection(const mail::response& reply, const mail::address* sender, const mail::address* recipient) {
  parts_.records.submit(rejection_record(*context_, reply, sender, recipient), nullptr);
}

rt::task<> session::rewrite_reply(mail::response& reply) {
  hook::arguments args{value(reply.code), value(reply.content), value(reply.command), context_};
  hook::verdict verdict;
  try {
    verdict = co_await parts_.events.rewrite_response.run(std::move(args));
  } catch (const hook::handler_failed& e) {
    log::warn("receive", "the reply is sent as it was: {}", e.what());
    co_return;
  }
  const auto* pair = verdict.returned ? verdict.returned->as_array() : nullptr;
  if (!pair || pair->empty()) co_return;
  const auto* code = (*pair)[0].as_integer();
  const auto* text = pair->size() > 1 ? (*pair)[1].as_string() : nullptr;
  auto command = std::move(reply.command);
  const auto content = text ? *text : reply.enhanced ? reply.enhanced->text() + " " + reply.content : reply.content;
  reply = mail::response::parse(code ? static_cast<int>(*code) : reply.code, content);
  reply.command = std::move(command);
}

}  // namespace godwit::receive
