#include "receive/deferred_injector.hpp"

#include "mail/queue_name.hpp"
#include "queue/special_queue.hpp"

namespace godwit::receive {

namespace {

/// Not before the policy is done: a message whose handler was cut off (shutdown, crash, watchdog) would pass it by.
void leave_special_queue(mail::message& m) {
  if (m.get_meta_string("queue") != queue::deferred_smtp_inject_queue) return;  // the policy named another
  m.meta.erase("queue");
  m.meta_dirty = true;
}

mail::response tried_again_later(std::string why) {
  return {.code = 451, .enhanced = mail::enhanced_code{4, 3, 0}, .content = std::move(why), .command = {}};
}

}  // namespace

hook::connection_ref connection_of(const mail::message& m) {
  auto context = std::make_shared<mail::connection_context>();
  context->meta = m.meta;
  if (const auto peer = ip_endpoint::parse(m.get_meta_string("received_from"))) context->peer = *peer;
  if (const auto local = ip_endpoint::parse(m.get_meta_string("received_via"))) context->local = *local;
  for (const auto& [key, kind] : {std::pair{"authz_id", "SmtpAuthPlainAuthorization"}, std::pair{"authn_id", "SmtpAuthPlainAuthentication"}}) {
    if (const auto id = m.get_meta_string(key); !id.empty()) context->auth.identities.push_back({std::string(id), kind});
  }
  return context;
}

rt::task<result<queue::site>> deferred_injector::resolve(const std::string& routing_domain, const queue::protocol_config&) {
  co_return queue::site{.name = routing_domain, .protocol = "defersmtpinject", .plan = nullptr};
}

rt::task<> deferred_injector::run_session(std::shared_ptr<queue::work_source> work) {
  work->connection_succeeded();
  for (;;) {
    auto batch = co_await work->take(1, work->path().idle_timeout);
    if (batch.empty()) break;
    co_await process(*work, batch.front());
  }
}

rt::task<> deferred_injector::process(queue::work_source& work, mail::message_ref m) {
  queue::delivery_trace trace;
  trace.delivery_protocol = "DeferredSmtpInjection";
  auto refusal = co_await ask_policy(m);
  if (!refusal) {
    leave_special_queue(*m);
    auto done = mail::response::parse(250, fmt::format("Rebound from {} to {}: deferred injection",
                                                       queue::deferred_smtp_inject_queue, mail::queue_name_of(*m)));
    co_await work.rebind(std::move(m), mail::record_type::deferred_injection_rebind, std::move(done), trace);
    co_return;
  }
  m->set_meta("queue", queue::deferred_smtp_inject_queue);  // the handler may have named one before it failed
  std::vector<queue::outcome> outcomes(1);
  outcomes[0].type = refusal->is_permanent() ? mail::record_type::bounce : mail::record_type::transient_failure;
  outcomes[0].response = std::move(*refusal);
  co_await work.settle(std::move(m), std::move(outcomes), trace);
}

rt::task<std::optional<mail::response>> deferred_injector::ask_policy(mail::message_ref m) {
  if (!inject_.has_handlers()) co_return std::nullopt;
  hook::arguments args{m, connection_of(*m)};
  hook::verdict verdict;
  std::string failure;
  try {
    verdict = co_await inject_.run(std::move(args));
  } catch (const hook::handler_failed& e) {
    failure = e.what();  // logged
  }
  if (!failure.empty()) co_return tried_again_later(std::move(failure));
  using kind = hook::verdict::kind;
  if (verdict.what == kind::proceed || verdict.what == kind::done) co_return std::nullopt;
  co_return mail::response::parse(verdict.code, verdict.text);
}

}  // namespace godwit::receive
