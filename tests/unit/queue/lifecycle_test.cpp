// Start and end of the manager: enumeration, shutdown, spool trouble, several loops.
#include "manager_rig.hpp"
#include "metrics/registry.hpp"
#include "queue/administration.hpp"

using namespace godwit;
using namespace godwit::queue;
using namespace godwit::queue::test;
using namespace std::chrono_literals;
using enum mail::record_type;

namespace {

/// A message that was made `age` ago.
mail::message_ref aged(duration age) {
  auto m = manager_rig::make();
  auto id = m->id;
  const auto ticks = static_cast<std::uint64_t>((m->created() - age).time_since_epoch() / 100ns) + 0x01B21DD213814000ull;
  for (int i = 0; i < 4; ++i) id.bytes[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(ticks >> (24 - 8 * i));
  for (int i = 0; i < 2; ++i) id.bytes[static_cast<std::size_t>(4 + i)] = static_cast<std::uint8_t>(ticks >> (40 - 8 * i));
  id.bytes[6] = static_cast<std::uint8_t>(0x10 | ((ticks >> 56) & 0x0f));
  id.bytes[7] = static_cast<std::uint8_t>(ticks >> 48);
  auto old = std::make_shared<mail::message>(id, m->sender, m->recipients);
  old->content = m->content;
  return old;
}

mail::message_ref to_domain(int n) { return manager_rig::make({fmt::format("u@d{}.example", n)}); }

rt::task<> take_up(manager_rig& rig, uuid id) {
  auto m = co_await rig.spool.load_meta(id);
  CHECK(m);
  co_await rig.manager->insert_enumerated(*m);
}

void enumerate_one(manager_rig& rig, const uuid& id) {
  rig.run([&] { return take_up(rig, id); });
}

void count_requeues(manager_rig& rig, std::atomic<std::size_t>& asked) {
  rig.policy.on_requeue = [&](auto&&...) -> std::optional<mail::response> {
    ++asked;
    return std::nullopt;
  };
}

/// A schedule that permits now, and ends.
void bind(mail::message& m, std::chrono::seconds left = 24h) {
  m.schedule.emplace();
  m.schedule->expires = std::chrono::system_clock::now() + left;
}

}  // namespace

TEST_CASE("spooled messages are taken up with their inferred attempts") {
  manager_rig rig(deliver_all());
  rig.start();
  auto due = aged(21min), waiting = aged(65min);  // due at once; due at 65 + 0: attempts 2, creation + 40 min
  rig.store(*due);
  rig.store(*waiting);
  enumerate_one(rig, due->id);
  enumerate_one(rig, waiting->id);
  const auto records = rig.records.wait_for(delivery, 2);
  REQUIRE(records.size() == 2);
  for (const auto& r : records) CHECK(r.num_attempts == (r.id == due->id.simple() ? 1 : 2));
  CHECK(rig.becomes_empty());
  CHECK(rig.spool.size() == 0);
}

TEST_CASE("a spooled message whose queue has no configuration yet keeps to its time") {
  manager_rig rig(deliver_all());
  rig.policy.on_queue = [](const auto&) { return fail("boom"); };
  rig.start();
  auto m = rig.make();
  m->schedule.emplace();
  m->schedule->first_attempt = std::chrono::system_clock::now() + 1h;
  rig.store(*m);
  enumerate_one(rig, m->id);
  const auto found = rig.run([&] { return rig.manager->administration().find(m->id); });
  REQUIRE(found);
  CHECK(found->due > *m->schedule->first_attempt - 1min);
}

TEST_CASE("spooled messages that are too old expire") {
  manager_rig rig(deliver_all());
  rig.start();
  auto old = aged(24h * 8);
  rig.store(*old);
  enumerate_one(rig, old->id);
  const auto records = rig.records.wait_for(expiration);
  REQUIRE(records.size() == 1);
  CHECK(records[0].response.code == 551);
  CHECK(records[0].response.enhanced->text() == "5.4.7");
  CHECK(rig.spool.size() == 0);
  CHECK(rig.manager->message_count() == 0);
}

TEST_CASE("a spooled message without a queue is given up") {
  manager_rig rig(deliver_all());
  rig.start();
  auto m = std::make_shared<mail::message>(uuid::make_v1(), mail::address{}, std::vector<mail::address>{});
  rig.run([&] { return rig.manager->insert_enumerated(m); });
  const auto records = rig.records.wait_for(expiration);
  REQUIRE(records.size() == 1);
  CHECK(records[0].response.enhanced->text() == "5.1.3");
  CHECK(records[0].response.content.starts_with("Failed to compute queue name: "));
}

TEST_CASE("shutdown saves what was in memory only and lets sessions finish") {
  std::atomic<bool> may_finish{false};
  manager_rig rig([&](std::shared_ptr<work_source> work) -> rt::task<> {
    auto batch = co_await work->take(1, 100ms);
    if (batch.empty()) co_return;
    while (!may_finish) co_await rt::sleep_for(1ms);
    std::vector<outcome> outcomes;
    outcomes.push_back({std::nullopt, delivery, reply(250, "in time")});
    co_await work->settle(batch[0], std::move(outcomes), no_trace);
  });
  rig.policy.on_path = [](const auto&) {
    egress_path_config p;
    p.connection_limit.limit = 1;
    return p;
  };
  rig.start();
  for (int i = 0; i < 10; ++i) REQUIRE(rig.insert(rig.make()));
  REQUIRE(eventually([&] { return rig.agent->open == 1 && rig.manager->ready()[0].messages == 9; }));
  std::thread releaser([&] {
    std::this_thread::sleep_for(50ms);
    may_finish = true;
  });
  rig.stop();
  releaser.join();
  CHECK(rig.records.all(delivery).size() == 1);
  CHECK(rig.spool.size() == 9);
  CHECK(rig.manager->message_count() == 0);
}

TEST_CASE("shutdown cancels a session that does not finish and keeps its message") {
  manager_rig rig([](std::shared_ptr<work_source> work) -> rt::task<> {
    auto batch = co_await work->take(1, 100ms);
    co_await rt::sleep_for(10min);
  });
  rig.policy.on_path = [](const auto&) {
    egress_path_config p;
    p.system_shutdown_timeout = 20ms;
    return p;
  };
  rig.start();
  auto m = rig.make();
  REQUIRE(rig.insert(m));
  REQUIRE(eventually([&] { return rig.agent->open == 1 && rig.manager->ready()[0].messages == 0; }));
  rig.stop();
  CHECK(rig.spool.has(m->id));
}

TEST_CASE("shutdown does not wait for a session that has no message yet") {
  manager_rig rig([](std::shared_ptr<work_source> work) -> rt::task<> {
    work->note_progress("connect", "a host that never answers");
    co_await rt::sleep_for(10min);  // within system_shutdown_timeout, which is 20 minutes here
  });
  rig.start();
  auto m = rig.make();
  REQUIRE(rig.insert(m));
  REQUIRE(eventually([&] { return rig.agent->open == 1; }));
  rig.stop();
  CHECK(rig.spool.has(m->id));
}

TEST_CASE("what is not settled yet when a queue is settled as a whole is kept by shutdown") {
  constexpr std::size_t count = 50;
  manager_rig rig([](std::shared_ptr<work_source> work) -> rt::task<> {
    for (;;) {
      auto batch = co_await work->take(1, 10s);
      if (batch.empty()) break;  // the queues stop
      work->give_back(batch[0]);
      co_await rt::sleep_for(1ms);
    }
    co_await work->settle_all(transient_failure, reply(451, "nobody there"), insert_context::too_many_connection_failures);
  });
  rig.policy.on_path = [](const auto&) {
    egress_path_config p;
    p.connection_limit.limit = 1;
    return p;
  };
  rig.start();
  for (std::size_t i = 0; i < count; ++i) REQUIRE(rig.insert(rig.make()));
  REQUIRE(eventually([&] { return rig.agent->open == 1 && rig.manager->ready()[0].messages >= count - 1; }));
  rig.stop();
  CHECK(rig.records.all().empty());
  CHECK(rig.spool.size() == count);
}

TEST_CASE("no message is taken after shutdown began") {
  manager_rig rig(deliver_all());
  rig.start();
  rig.run([&] { return rig.manager->shutdown(); });
  CHECK_FALSE(rig.insert(rig.make()));
}

TEST_CASE("an unhealthy spool holds delivery") {
  manager_rig rig(deliver_all());
  rig.start();
  REQUIRE(rig.insert(rig.make()));
  CHECK(rig.records.wait_for(delivery).size() == 1);
  rig.spool.set_broken(true);
  REQUIRE(rig.insert(rig.make()));
  const auto held = rig.records.wait_for(delayed);
  REQUIRE(held.size() == 1);
  CHECK(rig.records.all(delivery).size() == 1);
  CHECK(rig.manager->message_count() == 1);
  rig.spool.set_broken(false);
  CHECK(rig.records.wait_for(delivery, 2).size() == 2);  // soon: it looks again after 5 s
  CHECK(rig.records.all(delayed).size() == 1);
}

TEST_CASE("a message that the spool holds again is not heard of again") {
  manager_rig rig(deliver_all());
  std::atomic<std::size_t> asked{0};
  count_requeues(rig, asked);
  auto m = rig.make();
  SUBCASE("without a schedule") {}
  SUBCASE("bound to a schedule") { bind(*m); }
  rig.start();
  rig.spool.set_broken(true);
  REQUIRE(rig.insert(m));
  REQUIRE(rig.records.wait_for(delayed).size() == 1);
  REQUIRE(eventually([&] { return rig.spool.stores() == 1; }));  // tried behind the record
  const auto looks = rig.spool.looks();
  REQUIRE(eventually([&] { return rig.spool.looks() > looks; }));  // it looked again
  rig.spool.set_broken(false);
  CHECK(rig.records.wait_for(delivery).size() == 1);
  CHECK(rig.records.all(delayed).size() == 1);
  CHECK(asked == 1);
  CHECK(rig.spool.stores() == 1);
}

TEST_CASE("a message that is read for its schedule while the spool holds it is not heard of again") {
  manager_rig rig(deliver_all());
  std::atomic<std::size_t> asked{0};
  count_requeues(rig, asked);
  rig.start();
  auto m = rig.make();
  bind(*m);
  rig.store(*m);
  rig.spool.set_broken(true);
  enumerate_one(rig, m->id);
  REQUIRE(rig.records.wait_for(delayed).size() == 1);
  const auto loads = rig.spool.loads();
  REQUIRE(eventually([&] { return rig.spool.loads() > loads; }));  // it had left memory
  rig.spool.set_broken(false);
  CHECK(rig.records.wait_for(delivery).size() == 1);
  CHECK(rig.records.all(delayed).size() == 1);
  CHECK(asked == 1);
}

TEST_CASE("a message whose time ends while the spool holds it expires") {
  manager_rig rig(deliver_all());
  rig.start();
  rig.spool.set_broken(true);
  auto m = rig.make();
  bind(*m, 7s);  // beyond the first look after 5 s, not the second
  REQUIRE(rig.insert(m));
  CHECK(rig.records.wait_for(expiration).size() == 1);
  CHECK(rig.records.all(delayed).size() == 1);
  CHECK(rig.becomes_empty());
}

TEST_CASE("a message that cannot be read is asked for again soon after it can") {
  manager_rig rig(deliver_all());
  rig.start();
  auto m = rig.make();
  rig.store(*m);
  rig.spool.set_unreadable(true);
  const auto before = rig.spool.loads();
  enumerate_one(rig, m->id);
  REQUIRE(eventually([&] { return rig.spool.loads() >= before + 3; }));  // its body, twice
  CHECK(rig.records.all(delivery).empty());
  rig.spool.set_unreadable(false);
  CHECK(rig.records.wait_for(delivery).size() == 1);
}

TEST_CASE("shared series tell where messages are") {
  manager_rig rig([](std::shared_ptr<work_source>) -> rt::task<> { co_await rt::sleep_for(10min); });
  rig.policy.on_path = [](const auto&) {
    egress_path_config p;
    p.max_ready = 1;
    p.system_shutdown_timeout = 10ms;
    return p;
  };
  rig.start();
  for (int i = 0; i < 2; ++i) {
    auto m = rig.make({"u@metrics.example"});
    m->set_meta("tenant", "t1");
    m->set_meta("campaign", "c1");
    REQUIRE(rig.insert(m));
  }
  const std::string ready = "ready_count{service=\"smtp_client:unspecified->metrics.example@smtp_client\"} 1";
  const std::string queue = "scheduled_count{queue=\"c1:t1@metrics.example\"} 1";
  const std::string full = "delayed_due_to_ready_queue_full{queue=\"c1:t1@metrics.example\"} 1";
  const std::string connections = "connection_count{service=\"smtp_client:unspecified->metrics.example@smtp_client\"} 1\n";
  const std::string made = "total_connection_count{service=\"smtp_client:unspecified->metrics.example@smtp_client\"} 1\n";
  REQUIRE(eventually([&] { return metrics::expose_text().find(queue) != std::string::npos; }));
  REQUIRE(eventually([&] { return metrics::expose_text().find("\n" + connections) != std::string::npos; }));
  const auto text = metrics::expose_text();
  for (const auto& series : {ready, queue, full, connections, made}) CHECK_MESSAGE(text.find(series) != std::string::npos, series);
  CHECK(text.find("scheduled_by_tenant_campaign{") != std::string::npos);
}

TEST_CASE("several loops share queues and lose nothing") {
  constexpr int count = 2000;
  std::mutex guard;
  std::map<std::string, int> attempts;
  manager_rig rig(
      [&](std::shared_ptr<work_source> work) -> rt::task<> {
        for (int n = 0; n < 50; ++n) {
          auto batch = co_await work->take(3, 20ms);
          if (batch.empty()) break;
          for (auto& m : batch) {
            int attempt = 0;
            {
              const std::lock_guard lock(guard);
              attempt = ++attempts[m->id.simple()];
            }
            std::vector<outcome> outcomes;
            const bool is_good = attempt > 1 || m->id.bytes[3] % 4 != 0;
            outcomes.push_back({std::nullopt, is_good ? delivery : transient_failure, reply(is_good ? 250 : 450, "x")});
            co_await work->settle(m, std::move(outcomes), no_trace);
          }
        }
      },
      2);
  rig.policy.on_queue = [](const auto&) {
    queue_config q;
    q.retry_interval = 20ms;
    q.refresh_interval = 50ms;
    return q;
  };
  rig.policy.on_path = [](const auto&) {
    egress_path_config p;
    p.refresh_interval = 50ms;
    p.max_ready = 100000;
    return p;
  };
  rig.start();
  const auto insert_many = [&](std::size_t on) -> rt::task<> {
    for (int i = 0; i < count / 2; ++i) {
      auto m = to_domain(i % 7);
      auto taken = co_await rig.manager->insert(std::move(m), insert_context::received);
      CHECK(taken);
      if (i % 50 == 0) co_await asio::post(rig.loops.at(on).io(), rt::use_task);
    }
  };
  auto first = asio::co_spawn(rig.loops.at(0).io(), insert_many(0), asio::use_future);
  auto second = asio::co_spawn(rig.loops.at(1).io(), insert_many(1), asio::use_future);
  first.get();
  second.get();
  CHECK(rig.records.wait_for(delivery, count).size() == count);
  CHECK(rig.becomes_empty());
  CHECK(rig.spool.size() == 0);
}
