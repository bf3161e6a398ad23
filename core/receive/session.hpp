#pragma once
// The policy of one inbound connection: what the SMTP session asks, answered by hooks, relay rule, spool and queue.

#include <memory>

#include "receive/relay_rule.hpp"
#include "receive/service.hpp"
#include "smtp/session_policy.hpp"

namespace godwit::receive {

/// Lives and dies with its SMTP session, on that loop.
class session final : public smtp::session_policy {
 public:
  session(service& parts, const smtp::session_start& start);

  std::optional<mail::response> refusal() override;
  rt::task<smtp::decision> on_connect() override;
  rt::task<smtp::decision> on_ehlo(const std::string& domain, std::vector<std::string>& extensions) override;
  rt::task<smtp::decision> on_mail_from(mail::address& sender) override;
  rt::task<smtp::decision> on_rcpt_to(mail::address& sender, mail::address& recipient) override;
  rt::task<smtp::decision> on_auth_plain(const std::string& authz, const std::string& authc,
                                         const std::string& password) override;
  rt::task<smtp::answer> on_message(smtp::transaction t) override;
  void on_rejection(const mail::response& reply, const mail::address* sender, const mail::address* recipient) override;
  void on_close() noexcept override {}
  void on_options(smtp::listener_options_ref options) override;
  bool rewrites_replies() const override { return parts_.events.rewrite_response.has_handlers(); }
  rt::task<> rewrite_reply(mail::response& reply) override;
  rt::task<value> dynamic_options() override;
  mail::connection_context& context() override { return *context_; }

 private:
  rt::task<smtp::decision> ask(hook::event& event, hook::arguments args);

  service& parts_;
  smtp::listener_options_ref options_;
  hook::connection_ref context_;
  relay_rule rule_;
};

}  // namespace godwit::receive
