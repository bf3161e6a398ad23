// Sessions that get nowhere are ended, and their message waits (KumoMTA: ready queues).
#include "manager_rig.hpp"
#include "metrics/registry.hpp"

using namespace godwit;
using namespace godwit::queue;
using namespace godwit::queue::test;
using namespace std::chrono_literals;
using enum mail::record_type;

namespace {

void limit(manager_rig& rig, duration d) {
  rig.policy.on_path = [d](const auto&) {
    egress_path_config p;
    p.dispatcher_progress_watchdog_timeout = d;
    p.connection_limit.limit = 1;
    return p;
  };
}

}  // namespace

TEST_CASE("an agent that hangs with a message is ended and the message is delayed") {
  manager_rig rig([](std::shared_ptr<work_source> work) -> rt::task<> {
    auto batch = co_await work->take(2, 100ms);
    work->note_progress("deliver", "waiting for the end of time");
    co_await rt::sleep_for(10min);
  });
  limit(rig, 100ms);
  rig.start();
  auto m = rig.make({"user@hangs.example"});
  REQUIRE(rig.insert(m));
  const auto records = rig.records.wait_for(delayed);
  REQUIRE(records.size() == 1);
  const auto& r = records[0].response;
  CHECK(r.code == 451);
  CHECK(r.enhanced->text() == "4.4.1");
  CHECK(r.content.starts_with("dispatcher watchdog aborted task; phase=deliver detail=\"waiting for the end of time\" session="));
  CHECK(r.content.find(" time_in_phase=") != std::string::npos);
  CHECK(eventually([&] { return rig.agent->open == 0; }));
  CHECK(rig.manager->message_count() == 1);
  CHECK(rig.spool.has(m->id));  // saved before it waits
  const std::string series = "dispatcher_watchdog_aborted_total{service=\"smtp_client:unspecified->hangs.example@smtp_client\"} 1";
  CHECK(metrics::expose_text().find(series) != std::string::npos);
}

TEST_CASE("an agent that hangs before it took anything costs one message") {
  manager_rig rig([](std::shared_ptr<work_source>) -> rt::task<> { co_await rt::sleep_for(10min); });
  limit(rig, 100ms);
  rig.start();
  REQUIRE(rig.insert(rig.make()));
  const auto records = rig.records.wait_for(delayed);
  REQUIRE(records.size() == 1);
  CHECK(records[0].response.content.starts_with("dispatcher watchdog aborted task; phase=start detail=\"\" session="));
}

TEST_CASE("a session that waits for messages is left alone") {
  std::atomic<bool> was_ended{true};
  manager_rig rig([&](std::shared_ptr<work_source> work) -> rt::task<> {
    for (;;) {
      auto batch = co_await work->take(1, 2500ms);
      if (batch.empty()) break;
      std::vector<outcome> outcomes;
      outcomes.push_back({std::nullopt, delivery, reply(250, "ok")});
      co_await work->settle(batch[0], std::move(outcomes), no_trace);
    }
    was_ended = false;
  });
  limit(rig, 100ms);
  rig.start();
  REQUIRE(rig.insert(rig.make()));
  REQUIRE(rig.records.wait_for(delivery).size() == 1);
  CHECK(eventually([&] { return rig.agent->sessions == 1 && rig.agent->open == 0; }));
  CHECK_FALSE(was_ended);
  CHECK(rig.records.all(delayed).empty());
}
