// What leaves memory when it is scarce, and that nothing is lost by it.
#include "manager_rig.hpp"
#include "metrics/registry.hpp"

using namespace godwit;
using namespace godwit::queue;
using namespace godwit::queue::test;
using namespace std::chrono_literals;
using enum mail::record_type;

namespace {

/// Takes nothing: messages stay in the ready queue.
session_script sit_idle() {
  return [](std::shared_ptr<work_source>) -> rt::task<> { co_await rt::sleep_for(10min); };
}

void shape(manager_rig& rig, memory_policy low, memory_policy none) {
  rig.policy.on_path = [=](const auto&) {
    egress_path_config p;
    p.low_memory_reduction_policy = low;
    p.no_memory_reduction_policy = none;
    p.system_shutdown_timeout = 20ms;
    return p;
  };
}

/// Reads from the spool until a stored message is delivered.
std::size_t loads_of_delivery(memory_level level, memory_policy low, memory_policy none) {
  std::string received;
  manager_rig rig([&](std::shared_ptr<work_source> work) -> rt::task<> {
    auto batch = co_await work->take(1, 100ms);
    if (batch.empty()) co_return;
    received = batch[0]->content.join() + batch[0]->recipients[0].email();
    std::vector<outcome> outcomes;
    outcomes.push_back({std::nullopt, delivery, reply(250, "ok")});
    co_await work->settle(batch[0], std::move(outcomes), no_trace);
  });
  shape(rig, low, none);
  rig.memory = level;
  rig.start();
  auto m = rig.make();
  rig.store(*m);
  REQUIRE(rig.insert(std::move(m)));
  REQUIRE(rig.records.wait_for(delivery).size() == 1);
  rig.stop();
  CHECK(received == "Subject: hi\r\n\r\nbody\r\nuser@example.com");
  return rig.spool.loads();
}

}  // namespace

TEST_CASE("entering a ready queue applies the policy of the memory level") {
  using enum memory_policy;
  CHECK(loads_of_delivery(memory_level::enough, shrink_data_and_meta, shrink_data_and_meta) == 0);
  CHECK(loads_of_delivery(memory_level::low, shrink_data_and_meta, no_shrink) == 2);
  CHECK(loads_of_delivery(memory_level::low, shrink_data, no_shrink) == 1);
  CHECK(loads_of_delivery(memory_level::low, no_shrink, shrink_data_and_meta) == 0);
  CHECK(loads_of_delivery(memory_level::none, no_shrink, shrink_data_and_meta) == 2);
  CHECK(loads_of_delivery(memory_level::none, shrink_data_and_meta, no_shrink) == 0);
}

TEST_CASE("without memory everything in ready queues is released") {
  manager_rig rig(sit_idle());
  shape(rig, memory_policy::no_shrink, memory_policy::shrink_data_and_meta);
  rig.start();
  auto saved = rig.make();
  rig.store(*saved);
  REQUIRE(rig.insert(saved));
  REQUIRE(eventually([&] { return rig.manager->ready().size() == 1 && rig.manager->ready()[0].messages == 1; }));
  CHECK(saved.use_count() > 1);
  rig.memory = memory_level::none;
  CHECK(eventually([&] { return saved.use_count() == 1; }));
  CHECK(rig.manager->ready()[0].messages == 1);
}

TEST_CASE("without memory a message that was in memory only is saved and waits") {
  manager_rig rig(sit_idle());
  shape(rig, memory_policy::no_shrink, memory_policy::shrink_data);
  rig.start();
  auto deferred = rig.make();
  REQUIRE(rig.insert(deferred));
  REQUIRE(eventually([&] { return rig.manager->ready().size() == 1 && rig.manager->ready()[0].messages == 1; }));
  CHECK_FALSE(rig.spool.has(deferred->id));
  rig.memory = memory_level::none;
  const auto records = rig.records.wait_for(delayed);
  REQUIRE(records.size() == 1);
  CHECK(records[0].response.content.starts_with("Context: ReadyQueueWasDelayedDueToLowMemory. Next due in "));
  CHECK(eventually([&] { return rig.spool.has(deferred->id) && deferred.use_count() == 1; }));
}

TEST_CASE("without memory two connections must do") {
  manager_rig rig(sit_idle());
  shape(rig, memory_policy::no_shrink, memory_policy::no_shrink);
  rig.memory = memory_level::none;
  rig.start();
  for (int i = 0; i < 50; ++i) REQUIRE(rig.insert(rig.make()));
  REQUIRE(eventually([&] { return rig.manager->ready().size() == 1 && rig.manager->ready()[0].messages == 50; }));
  CHECK(rig.manager->ready()[0].connections == 2);
  rig.memory = memory_level::enough;
  CHECK(eventually([&] { return rig.manager->ready()[0].connections > 2; }));
}

TEST_CASE("shrink_policy decides by the time until a message is due") {
  const auto releases = [](duration delay, std::string_view expected) {
    manager_rig rig(sit_idle());
    rig.policy.on_queue = [](const auto&) {
      queue_config q;
      q.shrink_policy = {{0s, memory_policy::no_shrink}, {10min, memory_policy::shrink_data}, {2h, memory_policy::shrink_data_and_meta}};
      return q;
    };
    rig.start();
    auto m = rig.make();
    rig.store(*m);
    m->due = std::chrono::system_clock::now() + std::chrono::duration_cast<wall_time::duration>(delay);
    REQUIRE(rig.insert(m));
    REQUIRE(rig.records.wait_for(delayed).size() == 1);
    const bool has_settled = eventually([&] { return rig.manager->scheduled()[0].messages == 1; });
    CHECK(has_settled);
    const auto released = [&]() -> std::string_view {
      if (m.use_count() == 1) return "data and meta";
      const bool is_loaded = rig.run([&]() -> rt::task<bool> { co_return m->content.is_loaded(); });
      return is_loaded ? "nothing" : "data";
    };
    // The coroutine that postponed the message may hold it a moment longer than the queue counts it.
    if (!eventually([&] { return released() == expected; })) return false;
    for (int turn = 0; turn < 10; ++turn) (void)released();
    return released() == expected;  // and no more than that
  };
  CHECK(releases(1min, "nothing"));
  CHECK(releases(30min, "data"));
  CHECK(releases(3h, "data and meta"));
}

TEST_CASE("a cold message is read by the session that sends it, not when it becomes ready") {
  manager_rig rig(sit_idle());
  shape(rig, memory_policy::no_shrink, memory_policy::no_shrink);
  rig.start();
  auto m = rig.make();
  rig.store(*m);
  m->due = std::chrono::system_clock::now() + 50ms;
  REQUIRE(rig.insert(std::move(m)));
  REQUIRE(eventually([&] { return rig.manager->ready().size() == 1 && rig.manager->ready()[0].messages == 1; }));
  CHECK(rig.spool.loads() == 0);
}

TEST_CASE("a first attempt that lies behind costs no reading while the ready queue is full") {
  manager_rig rig(sit_idle());
  rig.policy.on_path = [](const auto&) {
    egress_path_config p;
    p.max_ready = 0;
    p.system_shutdown_timeout = 20ms;
    return p;
  };
  rig.start();
  auto m = rig.make({"u@overfull.example"});
  m->schedule.emplace().first_attempt = std::chrono::system_clock::now() + 50ms;
  rig.store(*m);
  REQUIRE(rig.insert(std::move(m)));
  const std::string full = "delayed_due_to_ready_queue_full{queue=\"overfull.example\"} 1";
  REQUIRE(eventually([&] { return metrics::expose_text().find(full) != std::string::npos; }));
  const bool waits_again = eventually([&] { return rig.manager->scheduled()[0].messages == 1; });
  CHECK(waits_again);
  CHECK(rig.spool.loads() == 0);
}
