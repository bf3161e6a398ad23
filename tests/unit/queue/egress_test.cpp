#include "manager_rig.hpp"

using namespace godwit;
using namespace godwit::queue;
using namespace godwit::queue::test;
using namespace std::chrono_literals;
using enum mail::record_type;

namespace {

result<queue_config> pooled(const mail::queue_name&) {
  queue_config q;
  q.egress_pool = "pool";
  return q;
}

/// Takes nothing: messages stay in the ready queue.
session_script sit_idle() {
  return [](std::shared_ptr<work_source>) -> rt::task<> { co_await rt::sleep_for(10min); };
}

}  // namespace

TEST_CASE("sources take turns by weight") {
  manager_rig rig(deliver_all());
  rig.policy.on_queue = pooled;
  rig.policy.on_pool = [](const auto& name) {
    return egress_pool_config{name, {{"a", 1}, {"b", 3}, {"none", 0}}, 60s};
  };
  rig.start();
  for (int i = 0; i < 40; ++i) REQUIRE(rig.insert(rig.make()));
  const auto records = rig.records.wait_for(delivery, 40);
  REQUIRE(records.size() == 40);
  const auto by_a = std::count_if(records.begin(), records.end(), [](const auto& r) { return r.egress_source == "a"; });
  CHECK(by_a >= 9);
  CHECK(by_a <= 11);
  CHECK(records[0].egress_pool == "pool");
}

TEST_CASE("a pool without weights has no sources") {
  manager_rig rig(deliver_all());
  rig.policy.on_queue = pooled;
  rig.policy.on_pool = [](const auto& name) { return egress_pool_config{name, {{"a", 0}}, 60s}; };
  rig.start();
  REQUIRE(rig.insert(rig.make()));
  const auto records = rig.records.wait_for(transient_failure);
  REQUIRE(records.size() == 1);
  CHECK(records[0].response.content == "KumoMTA internal: no sources available for example.com pool=`pool`");
}

TEST_CASE("a suspended path is not eligible") {
  manager_rig rig(deliver_all());
  rig.policy.on_queue = pooled;
  rig.policy.on_pool = [](const auto& name) { return egress_pool_config{name, {{"a", 1}, {"b", 1}}, 60s}; };
  rig.policy.on_path = [](const std::string& source) {
    egress_path_config p;
    p.suspended = source == "a";
    return p;
  };
  rig.start();
  for (int i = 0; i < 4; ++i) REQUIRE(rig.insert(rig.make()));
  for (const auto& r : rig.records.wait_for(delivery, 4)) CHECK(r.egress_source == "b");
  rig.stop();

  manager_rig none(deliver_all());
  none.policy.on_path = [](const auto&) {
    egress_path_config p;
    p.suspended = true;
    return p;
  };
  none.start();
  REQUIRE(none.insert(none.make()));
  const auto records = none.records.wait_for(transient_failure);
  REQUIRE(records.size() == 1);
  CHECK(records[0].response.content ==
        "KumoMTA internal: no sources for example.com pool=`unspecified` are eligible for selection at this time");
}

TEST_CASE("a full ready queue sends messages back") {
  manager_rig rig(sit_idle());
  rig.policy.on_path = [](const auto&) {
    egress_path_config p;
    p.max_ready = 2;
    p.system_shutdown_timeout = 10ms;
    return p;
  };
  rig.start();
  for (int i = 0; i < 3; ++i) REQUIRE(rig.insert(rig.make()));
  const auto held = rig.records.wait_for(delayed);
  REQUIRE(held.size() == 1);
  CHECK(held[0].response.content.starts_with("Context: ReadyQueueWasFull. Next due in "));
  CHECK(rig.manager->ready()[0].messages == 2);
  CHECK(rig.manager->message_count() == 3);
  REQUIRE(eventually([&] { return rig.manager->scheduled()[0].messages == 1; }));
}

TEST_CASE("the number of sessions follows the queue and its limit") {
  manager_rig rig(sit_idle());
  rig.policy.on_path = [](const auto&) {
    egress_path_config p;
    p.connection_limit.limit = 3;
    p.system_shutdown_timeout = 10ms;
    return p;
  };
  rig.start();
  for (int i = 0; i < 500; ++i) REQUIRE(rig.insert(rig.make()));
  REQUIRE(eventually([&] { return rig.agent->open == 3; }));
  CHECK(rig.manager->ready()[0].connections == 3);
  CHECK(rig.agent->most_open == 3);
}

TEST_CASE("paths share a named connection limit") {
  manager_rig rig(deliver_all());
  rig.policy.on_path = [](const auto&) {
    egress_path_config p;
    p.additional_connection_limits["shared"] = {1, false};
    return p;
  };
  rig.start();
  for (int i = 0; i < 60; ++i) {
    REQUIRE(rig.insert(rig.make({i % 2 ? "u@one.example" : "u@two.example"})));
  }
  CHECK(rig.records.wait_for(delivery, 60).size() == 60);
  CHECK(rig.agent->most_open == 1);
}

TEST_CASE("max_message_rate of the path: short waits in the session") {
  manager_rig rig(deliver_all());
  rig.policy.on_path = [](const auto&) {
    egress_path_config p;
    p.max_message_rate = *config::throttle_spec::parse("10/s,max_burst=1");
    p.connection_limit.limit = 1;
    return p;
  };
  rig.start();
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 5; ++i) REQUIRE(rig.insert(rig.make({"u@rated.example"})));
  CHECK(rig.records.wait_for(delivery, 5).size() == 5);
  CHECK(std::chrono::steady_clock::now() - begin >= 290ms);  // two at once, then one per 100 ms
  CHECK(rig.records.all(delayed).empty());
}

TEST_CASE("a wait for max_message_rate ends with the time that the agent gives it") {
  std::atomic<bool> had_nothing{false};
  manager_rig rig([&had_nothing](std::shared_ptr<work_source> work) -> rt::task<> {
    for (;;) {
      auto batch = co_await work->take(1, 20ms);
      if (batch.empty()) break;
      std::vector<outcome> outcomes(1);
      outcomes[0].type = delivery;
      outcomes[0].response = reply(250, "OK");
      co_await work->settle(batch.front(), std::move(outcomes), no_trace);
    }
    had_nothing = true;
  });
  rig.policy.on_path = [](const auto&) {
    egress_path_config p;
    p.max_message_rate = *config::throttle_spec::parse("1/h");
    p.idle_timeout = 2h;
    return p;
  };
  rig.start();
  for (int i = 0; i < 3; ++i) REQUIRE(rig.insert(rig.make({"u@hurried.example"})));
  CHECK(eventually([&] { return had_nothing.load(); }));  // an hour before the next may go
}

TEST_CASE("max_message_rate of the path: long waits delay the whole queue") {
  manager_rig rig(deliver_all());
  rig.policy.on_path = [](const auto&) {
    egress_path_config p;
    p.max_message_rate = *config::throttle_spec::parse("1/h");
    return p;
  };
  rig.start();
  for (int i = 0; i < 3; ++i) REQUIRE(rig.insert(rig.make({"u@slow.example"})));
  CHECK(rig.records.wait_for(delivery).size() == 1);
  const auto held = rig.records.wait_for(delayed, 2);
  REQUIRE(held.size() == 2);
  CHECK(held[0].response.content.starts_with("Context: MessageRateThrottle. Next due in "));
}

TEST_CASE("max_message_rate of the queue delays what exceeds it") {
  manager_rig rig(deliver_all());
  rig.policy.on_queue = [](const auto&) {
    queue_config q;
    q.max_message_rate = *config::throttle_spec::parse("2/h");
    return q;
  };
  rig.start();
  for (int i = 0; i < 3; ++i) REQUIRE(rig.insert(rig.make({"u@queue-rate.example"})));
  CHECK(rig.records.wait_for(delivery, 2).size() == 2);
  CHECK(rig.records.wait_for(delayed).size() == 1);
}

TEST_CASE("an idle session is woken by a new message") {
  manager_rig rig([](std::shared_ptr<work_source> work) -> rt::task<> {
    for (;;) {
      auto batch = co_await work->take(1, 5s);
      if (batch.empty()) break;
      std::vector<outcome> outcomes;
      outcomes.push_back({std::nullopt, delivery, reply(250, "x")});
      co_await work->settle(batch[0], std::move(outcomes), no_trace);
    }
  });
  rig.start();
  for (std::size_t i = 1; i <= 5; ++i) {
    REQUIRE(rig.insert(rig.make()));
    CHECK(rig.records.wait_for(delivery, i).size() == i);
  }
  CHECK(rig.agent->sessions == 1);
}

TEST_CASE("a session that finds nothing to send does not keep the next message waiting") {
  std::atomic<bool> may_take{false}, has_taken{false}, has_found{true};
  std::atomic<int> next{0}, ended{0};
  manager_rig rig([&](std::shared_ptr<work_source> work) -> rt::task<> {
    const int number = next++;
    if (number == 0) {
      while (!may_take) co_await rt::sleep_for(1ms);
      for (int left = 3; left > 0; --left) {
        auto batch = co_await work->take(1, 5s);
        std::vector<outcome> outcomes;
        outcomes.push_back({std::nullopt, delivery, reply(250, "x")});
        co_await work->settle(batch.at(0), std::move(outcomes), no_trace);
      }
      has_taken = true;
      while (ended == 0) co_await rt::sleep_for(1ms);
    } else if (number == 1) {
      while (!has_taken) co_await rt::sleep_for(1ms);
      has_found = work->peek_queue() != nullptr;
    }
    ++ended;
  });
  rig.policy.on_path = [](const auto&) {
    egress_path_config p;
    p.aggressive_connection_opening = true;
    p.connection_limit.limit = 2;
    return p;
  };
  rig.start();
  for (int i = 0; i < 3; ++i) REQUIRE(rig.insert(rig.make()));
  REQUIRE(eventually([&] { return rig.agent->sessions >= 2; }));
  may_take = true;
  REQUIRE(eventually([&] { return rig.agent->open == 0; }));
  CHECK_FALSE(has_found);
  const auto before = rig.agent->sessions.load();
  REQUIRE(rig.insert(rig.make()));
  rig.run([]() -> rt::task<> { co_return; });  // what the message has begun is under way: no later look began it
  CHECK(rig.agent->sessions == before + 1);
}

TEST_CASE("failed connections cost one message each, then all") {
  manager_rig rig([](std::shared_ptr<work_source> work) -> rt::task<> {
    delivery_trace trace;
    auto no_connection = reply(400, "cannot connect");
    co_await work->connection_failed(std::move(no_connection), trace);
  });
  rig.policy.on_path = [](const auto&) {
    egress_path_config p;
    p.consecutive_connection_failures_before_delay = 2;
    p.connection_limit.limit = 1;
    return p;
  };
  rig.start();
  for (int i = 0; i < 6; ++i) REQUIRE(rig.insert(rig.make()));
  const auto records = rig.records.wait_for(transient_failure, 6);
  REQUIRE(records.size() == 6);
  CHECK(records[0].response.content == "cannot connect");
  const auto bulk = std::count_if(records.begin(), records.end(), [](const auto& r) {
    return r.response.content == "No answer from any hosts listed in MX" && r.response.code == 451;
  });
  CHECK(bulk >= 1);
}

TEST_CASE("settle_all ends everything that waits") {
  manager_rig rig([](std::shared_ptr<work_source> work) -> rt::task<> {
    auto null_mx = reply(556, "Recipient address has a null MX");
    co_await work->settle_all(bounce, std::move(null_mx), insert_context::failed_due_to_null_mx);
  });
  rig.start();
  for (int i = 0; i < 5; ++i) REQUIRE(rig.insert(rig.make()));
  CHECK(rig.records.wait_for(bounce, 5).size() == 5);
  CHECK(rig.becomes_empty());
}

TEST_CASE("what a session holds when it ends goes back") {
  std::atomic<int> sessions{0};
  manager_rig rig([&](std::shared_ptr<work_source> work) -> rt::task<> {
    auto batch = co_await work->take(1, 100ms);
    if (batch.empty()) co_return;
    if (sessions++ == 0) throw std::runtime_error("the agent has a bug");
    std::vector<outcome> outcomes;
    outcomes.push_back({std::nullopt, delivery, reply(250, "x")});
    co_await work->settle(batch[0], std::move(outcomes), no_trace);
  });
  rig.start();
  REQUIRE(rig.insert(rig.make()));
  const auto records = rig.records.wait_for(delivery);
  REQUIRE(records.size() == 1);
  CHECK(records[0].num_attempts == 0);
}

TEST_CASE("give_back returns a message untried") {
  std::atomic<int> takes{0};
  manager_rig rig([&](std::shared_ptr<work_source> work) -> rt::task<> {
    for (;;) {
      auto batch = co_await work->take(1, 100ms);
      if (batch.empty()) break;
      CHECK(work->routing_domain() == "example.com");
      if (takes++ == 0) {
        work->give_back(batch[0]);
        CHECK(*work->peek_queue() == "example.com");
        continue;
      }
      std::vector<outcome> outcomes;
      outcomes.push_back({std::nullopt, delivery, reply(250, "x")});
      co_await work->settle(batch[0], std::move(outcomes), no_trace);
    }
  });
  rig.start();
  REQUIRE(rig.insert(rig.make()));
  CHECK(rig.records.wait_for(delivery).size() == 1);
  CHECK(takes == 2);
}

TEST_CASE("a new epoch refreshes what asks for it") {
  manager_rig rig(deliver_all());
  rig.policy.on_queue = [](const auto&) {
    queue_config q;
    q.refresh_strategy = refresh_strategy::epoch;
    return q;
  };
  rig.start();
  REQUIRE(rig.insert(rig.make()));
  CHECK(rig.records.wait_for(delivery, 1).size() == 1);
  REQUIRE(rig.insert(rig.make()));
  CHECK(rig.records.wait_for(delivery, 2).size() == 2);
  CHECK(rig.policy.queue_calls == 1);
  rig.epoch = 2;
  REQUIRE(rig.insert(rig.make()));
  CHECK(rig.records.wait_for(delivery, 3).size() == 3);
  CHECK(rig.policy.queue_calls == 2);
}

TEST_CASE("max_connection_rate delays the queue when the wait is long") {
  manager_rig rig([](std::shared_ptr<work_source> work) -> rt::task<> {
    auto batch = co_await work->take(1, 10ms);
    if (batch.empty()) co_return;
    std::vector<outcome> outcomes;
    outcomes.push_back({std::nullopt, delivery, reply(250, "x")});
    co_await work->settle(batch[0], std::move(outcomes), no_trace);
  });
  rig.policy.on_path = [](const auto&) {
    egress_path_config p;
    p.max_connection_rate = *config::throttle_spec::parse("1/h");
    p.connection_limit.limit = 1;
    return p;
  };
  rig.start();
  for (int i = 0; i < 3; ++i) REQUIRE(rig.insert(rig.make({"u@conn-rate.example"})));
  CHECK(rig.records.wait_for(delivery).size() == 1);
  const auto held = rig.records.wait_for(delayed, 2);
  REQUIRE(held.size() == 2);
  CHECK(held[0].response.content.starts_with("Context: ConnectionRateThrottle. Next due in "));
}
