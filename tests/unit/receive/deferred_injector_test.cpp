#include "receive/deferred_injector.hpp"

#include "queue/special_queue.hpp"
#include "rig.hpp"

using namespace godwit;
using namespace godwit::receive;

namespace {

using mail::record_type;

struct fixture : test::rig {
  fixture() {
    options.deferred_queue = true;
    queues.manager->set_agent(std::string(queue::deferred_smtp_inject_agent),
                              std::make_shared<deferred_injector>(hooks.get("smtp_server_message_deferred_inject")));
    queues.start();
  }
  void send() { CHECK(take(transaction({"a@x.test"})).reply.code == 250); }
};

}  // namespace

TEST_CASE_FIXTURE(fixture, "the policy sees the message after the reply and names its queue") {
  on("smtp_server_message_received", [](const hook::arguments&) -> hook::verdict { throw std::runtime_error("must not run"); });
  on("smtp_server_message_deferred_inject", [](const hook::arguments& args) {
    const auto& m = std::get<mail::message_ref>(args[0]);
    CHECK(m->first_header("Received"));
    m->set_meta("tenant", "t");
    return hook::verdict{};
  });
  send();
  CHECK(queues.records.wait_for(record_type::reception).at(0).queue == queue::deferred_smtp_inject_queue);
  const auto rebound = queues.records.wait_for(record_type::deferred_injection_rebind);
  REQUIRE(rebound.size() == 1);
  CHECK(rebound[0].queue == queue::deferred_smtp_inject_queue);
  CHECK(rebound[0].delivery_protocol == "DeferredSmtpInjection");
  const auto delivered = queues.records.wait_for(record_type::delivery);
  REQUIRE(delivered.size() == 1);
  CHECK(delivered[0].queue == "t@x.test");
  CHECK(queues.becomes_empty());
}

TEST_CASE_FIXTURE(fixture, "a queue that the policy names") {
  on("smtp_server_message_deferred_inject", [](const hook::arguments& args) {
    std::get<mail::message_ref>(args[0])->set_meta("queue", "other");
    return hook::verdict{};
  });
  send();
  CHECK(queues.records.wait_for(record_type::delivery).at(0).queue == "other");
}

TEST_CASE_FIXTURE(fixture, "a permanent refusal bounces") {
  on("smtp_server_message_deferred_inject", [](const hook::arguments&) {
    hook::verdict v;
    v.what = hook::verdict::kind::reject;
    v.code = 550;
    v.text = "5.7.1 no";
    return v;
  });
  send();
  CHECK(queues.records.wait_for(record_type::bounce).at(0).response.one_line() == "550 5.7.1 no");
  CHECK(queues.becomes_empty());
  CHECK(queues.spool.size() == 0);
}

TEST_CASE_FIXTURE(fixture, "a failure is tried again, from the same queue") {
  on("smtp_server_message_deferred_inject", [](const hook::arguments&) -> hook::verdict { throw std::runtime_error("no luck"); });
  send();
  const auto failed = queues.records.wait_for(record_type::transient_failure);
  REQUIRE(failed.size() == 1);
  CHECK(failed[0].response.code == 451);
  const uuid id = *uuid::parse(failed[0].id);
  CHECK(queues.spool.meta(id).find(queue::deferred_smtp_inject_queue) != std::string::npos);
}

TEST_CASE_FIXTURE(fixture, "a shutdown while the policy works leaves the message in the special queue") {
  std::promise<std::string> begun;
  on_async("smtp_server_message_deferred_inject", [&](const hook::arguments& args) -> rt::task<hook::verdict> {
    begun.set_value(std::get<mail::message_ref>(args[0])->id.simple());
    co_await rt::sleep_for(std::chrono::hours(1));
    co_return hook::verdict{};
  });
  queues.policy.change([](auto& p) {
    p.on_path = [](const auto&) {
      queue::egress_path_config path;
      path.system_shutdown_timeout = std::chrono::milliseconds(10);
      return path;
    };
  });
  send();
  const uuid id = *uuid::parse(begun.get_future().get());
  queues.stop();
  CHECK(queues.records.all(record_type::deferred_injection_rebind).empty());
  CHECK(queues.spool.meta(id).find(queue::deferred_smtp_inject_queue) != std::string::npos);
}

TEST_CASE("conn_meta from what the message carries") {
  mail::message m(uuid::make_v1(), {}, {});
  m.set_meta("received_from", "192.0.2.9:1234");
  m.set_meta("received_via", "[2001:db8::1]:25");
  m.set_meta("authn_id", "user");
  m.set_meta("x_mine", 1);
  const auto context = connection_of(m);
  CHECK(context->peer.text() == "192.0.2.9:1234");
  CHECK(context->local.text() == "[2001:db8::1]:25");
  REQUIRE(context->auth.identities.size() == 1);
  CHECK(context->auth.identities[0].identity == "user");
  CHECK(*context->meta.find("x_mine") == value(1));
}
