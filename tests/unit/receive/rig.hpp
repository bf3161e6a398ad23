#pragma once
// Reception between real hooks and a real queue manager, over a spool in memory.

#include <functional>

#include <doctest/doctest.h>

#include "receive/acceptance.hpp"
#include "unit/queue/manager_rig.hpp"

namespace godwit::receive::test {

/// A handler as a policy would register it.
class scripted_handler final : public hook::handler {
 public:
  using script = std::function<rt::task<hook::verdict>(const hook::arguments&)>;
  explicit scripted_handler(script s) : script_(std::move(s)) {}
  rt::task<hook::verdict> call(const hook::arguments& args) override { return script_(args); }

 private:
  script script_;
};

class rig {
 public:
  rig() {
    context->meta.set("reception_protocol", "ESMTP");
    context->peer = *ip_endpoint::parse("192.0.2.9:1234");
    context->local = *ip_endpoint::parse("192.0.2.1:25");
    options.hostname = "mx.test";
    options.relay_hosts = *cidr_set::parse({"192.0.2.0/24"});
  }

  void on_async(std::string_view event, scripted_handler::script script) {
    hooks.add(event, {.owner = "test", .handler = std::make_shared<scripted_handler>(std::move(script))});
  }
  /// A handler that answers at once.
  void on(std::string_view event, std::function<hook::verdict(const hook::arguments&)> answer) {
    on_async(event, [answer = std::move(answer)](const hook::arguments& args) -> rt::task<hook::verdict> { co_return answer(args); });
  }
  /// get_listener_domain answers this for the domain.
  void on_domain(std::string domain, object settings) {
    on("get_listener_domain", [domain = std::move(domain), settings = std::move(settings)](const hook::arguments& args) {
      hook::verdict v;
      if (*std::get<value>(args[0]).as_string() == domain) v.returned = settings;
      return v;
    });
  }

  static smtp::transaction transaction(std::vector<std::string> to, std::string data = "Subject: x\r\n\r\nbody\r\n") {
    smtp::transaction t;
    t.sender = *mail::address::parse("from@example.org");
    for (const auto& text : to) t.recipients.push_back(*mail::address::parse(text));
    t.body = mail::make_body(std::move(data));
    return t;
  }
  smtp::answer take(smtp::transaction t, mail::record_sink* records = nullptr) {
    service parts{events(hooks), queues.spool, *queues.manager, records ? *records : queues.records, {}};
    return queues.run([&]() -> rt::task<smtp::answer> {
      relay_rule rule(parts.events.get_listener_domain, context);
      acceptance taking(parts, options, context, rule);
      co_return co_await taking.take(std::move(t));
    });
  }
  relaying check(const std::string& sender, const std::string& recipient) {
    const auto from = *mail::address::parse(sender), to = *mail::address::parse(recipient);
    return queues.run([&]() -> rt::task<relaying> {
      relay_rule rule(hooks.get("get_listener_domain"), context);
      co_return co_await rule.check(options, from, to);
    });
  }

  hook::table hooks;
  hook::connection_ref context = std::make_shared<mail::connection_context>();
  smtp::listener_options options;
  queue::test::manager_rig queues{queue::test::deliver_all()};
};

/// A whole delivery status report about one failed recipient.
inline std::string bounce_report() {
  return "Content-Type: multipart/report; report-type=delivery-status; boundary=B\r\n\r\n--B\r\n"
         "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.far.test\r\n\r\n"
         "Final-Recipient: rfc822; gone@far.test\r\nAction: failed\r\nStatus: 5.1.1\r\n"
         "Diagnostic-Code: smtp; 554 5.1.1 nobody\r\n--B--\r\n";
}

}  // namespace godwit::receive::test
