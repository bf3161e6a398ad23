#include "queue/manager.hpp"

#include "manager_rig.hpp"

using namespace godwit;
using namespace godwit::queue;
using namespace godwit::queue::test;
using namespace std::chrono_literals;
using enum mail::record_type;

namespace {

result<queue_config> quick_retry(const mail::queue_name&) {
  queue_config q;
  q.retry_interval = 50ms;
  q.max_age = 1min;
  return q;
}

}  // namespace

TEST_CASE("a message is delivered, recorded and removed") {
  manager_rig rig(deliver_all());
  rig.start();
  auto m = rig.make();
  m->set_meta("tenant", "acme");
  rig.store(*m);
  REQUIRE(rig.insert(m));
  const auto records = rig.records.wait_for(delivery);
  REQUIRE(records.size() == 1);
  const auto& r = records[0];
  CHECK(r.id == m->id.simple());
  CHECK(r.sender == "sender@example.org");
  CHECK(r.recipients == std::vector<std::string>{"user@example.com"});
  CHECK(r.queue == "acme@example.com");
  CHECK(r.site == "unspecified->example.com@smtp_client");
  CHECK(r.egress_pool == "unspecified");
  CHECK(r.egress_source == "unspecified");
  CHECK(r.response.code == 250);
  CHECK(r.peer_address->name == "mx.example.com");
  CHECK(r.num_attempts == 0);
  CHECK(r.size > 0);
  CHECK(rig.becomes_empty());
  CHECK(rig.spool.size() == 0);
}

TEST_CASE("a queue is configured once for many messages") {
  manager_rig rig(deliver_all());
  rig.start();
  for (int i = 0; i < 50; ++i) REQUIRE(rig.insert(rig.make()));
  CHECK(rig.records.wait_for(delivery, 50).size() == 50);
  CHECK(rig.policy.queue_calls == 1);
  CHECK(rig.policy.path_calls == 1);
}

TEST_CASE("a failing get_queue_config refuses the message") {
  manager_rig rig(deliver_all());
  rig.policy.on_queue = [](const auto&) { return fail("boom"); };
  rig.start();
  const auto taken = rig.insert(rig.make());
  REQUIRE_FALSE(taken);
  CHECK(taken.why().text.find("boom") != std::string::npos);
  CHECK(rig.manager->message_count() == 0);
}

TEST_CASE("a transient failure is stored, retried by the formula, and expires") {
  manager_rig rig(answer_all(transient_failure, reply(451, "later")));
  rig.policy.on_queue = [](const auto&) {
    queue_config q;
    q.retry_interval = 50ms;
    q.max_age = 300ms;  // attempts at 0, 50 and 150 ms; the next would be at 350 ms
    return q;
  };
  rig.start();
  auto m = rig.make();
  const auto id = m->id;
  REQUIRE(rig.insert(m));
  m.reset();
  const auto expired = rig.records.wait_for(expiration);
  REQUIRE(expired.size() == 1);
  CHECK(expired[0].response.code == 551);
  CHECK(expired[0].response.enhanced->text() == "5.4.7");
  const auto failures = rig.records.all(transient_failure);
  REQUIRE(failures.size() >= 2);
  CHECK(failures[0].num_attempts == 0);
  CHECK(failures[1].num_attempts == 1);
  CHECK(failures[1].site == "unspecified->example.com@smtp_client");
  CHECK(rig.spool.stores() == 1);  // deferred until the first failure
  CHECK(rig.spool.loads() >= 2);   // it was cold between attempts
  CHECK(rig.becomes_empty());
  CHECK_FALSE(rig.spool.has(id));
  CHECK(rig.records.all(delayed).empty());
}

TEST_CASE("a permanent failure removes the message") {
  manager_rig rig(answer_all(bounce, reply(550, "no such user")));
  rig.start();
  auto m = rig.make();
  rig.store(*m);
  REQUIRE(rig.insert(m));
  const auto records = rig.records.wait_for(bounce);
  REQUIRE(records.size() == 1);
  CHECK(records[0].response.content == "no such user");
  CHECK(rig.becomes_empty());
  CHECK(rig.spool.size() == 0);
}

TEST_CASE("each recipient has its outcome and only failed ones stay") {
  std::atomic<int> attempt{0};
  std::vector<std::string> second_round;
  manager_rig rig([&](std::shared_ptr<work_source> work) -> rt::task<> {
    for (;;) {
      auto batch = co_await work->take(1, 100ms);
      if (batch.empty()) break;
      auto m = batch[0];
      std::vector<outcome> outcomes;
      if (attempt++ == 0) {
        outcomes.push_back({0, delivery, reply(250, "a")});
        outcomes.push_back({1, transient_failure, reply(450, "b")});
        outcomes.push_back({2, bounce, reply(550, "c")});
      } else {
        for (const auto& r : m->recipients) second_round.push_back(r.email());
        outcomes.push_back({std::nullopt, delivery, reply(250, "all")});
      }
      co_await work->settle(m, std::move(outcomes), no_trace);
    }
  });
  rig.policy.on_queue = quick_retry;
  rig.start();
  auto m = rig.make({"a@example.com", "b@example.com", "c@example.com"});
  rig.store(*m);
  REQUIRE(rig.insert(m));
  CHECK(rig.records.wait_for(delivery, 2).size() == 2);
  CHECK(second_round == std::vector<std::string>{"b@example.com"});
  CHECK(rig.records.all(bounce)[0].recipients == std::vector<std::string>{"c@example.com"});
  CHECK(rig.records.all(transient_failure)[0].recipients == std::vector<std::string>{"b@example.com"});
  CHECK(rig.becomes_empty());
}

TEST_CASE("recipients that were not tried go on at once without an attempt") {
  manager_rig rig([](std::shared_ptr<work_source> work) -> rt::task<> {
    for (;;) {
      auto batch = co_await work->take(1, 100ms);
      if (batch.empty()) break;
      std::vector<outcome> outcomes;
      outcomes.push_back({0, delivery, reply(250, "first only")});
      co_await work->settle(batch[0], std::move(outcomes), no_trace);
    }
  });
  rig.start();
  REQUIRE(rig.insert(rig.make({"a@example.com", "b@example.com", "c@example.com"})));
  const auto records = rig.records.wait_for(delivery, 3);
  REQUIRE(records.size() == 3);
  CHECK(records[2].recipients == std::vector<std::string>{"c@example.com"});
  CHECK(records[2].num_attempts == 0);
  CHECK(rig.becomes_empty());
}

TEST_CASE("a rewritten status decides anew") {
  manager_rig rig(answer_all(transient_failure, reply(400, "greylisted for ever")));
  rig.policy.on_rewrite = [](const mail::response& r) { return r.code == 400 ? std::optional(500) : std::nullopt; };
  rig.start();
  REQUIRE(rig.insert(rig.make()));
  const auto records = rig.records.wait_for(bounce);
  REQUIRE(records.size() == 1);
  CHECK(records[0].response.code == 500);
  CHECK(records[0].response.content == "greylisted for ever (kumomta: status was rewritten from 400 -> 500)");
  CHECK(rig.records.all(transient_failure).empty());
}

TEST_CASE("requeue_message is asked before the attempt counts and may reject") {
  manager_rig rig(answer_all(transient_failure, reply(451, "later")));
  rig.policy.on_queue = quick_retry;
  std::vector<std::uint16_t> attempts;
  rig.policy.on_requeue = [&](mail::message_ref m, const mail::response& r, std::string_view why,
                              bool increment) -> std::optional<mail::response> {
    attempts.push_back(m->attempts);
    CHECK(r.content == "later");
    CHECK(why == "LoggedTransientFailure");
    CHECK(increment);
    if (attempts.size() < 2) return std::nullopt;
    return reply(550, "enough");
  };
  rig.start();
  REQUIRE(rig.insert(rig.make()));
  const auto records = rig.records.wait_for(bounce);
  REQUIRE(records.size() == 1);
  CHECK(records[0].response.content == "enough");
  CHECK(attempts == std::vector<std::uint16_t>{0, 1});
  CHECK(rig.becomes_empty());
}

TEST_CASE("requeue_message may give another queue, where the message is due at once") {
  manager_rig rig([](std::shared_ptr<work_source> work) -> rt::task<> {
    for (;;) {
      auto batch = co_await work->take(1, 100ms);
      if (batch.empty()) break;
      const bool is_backup = work->name().find("backup") != std::string::npos;
      std::vector<outcome> outcomes;
      outcomes.push_back({std::nullopt, is_backup ? delivery : transient_failure, reply(is_backup ? 250 : 451, "x")});
      co_await work->settle(batch[0], std::move(outcomes), no_trace);
    }
  });
  rig.policy.on_requeue = [](mail::message_ref m, const auto&, auto, auto) -> std::optional<mail::response> {
    m->set_meta("queue", "backup.example");
    return std::nullopt;
  };
  rig.start();
  REQUIRE(rig.insert(rig.make()));
  const auto records = rig.records.wait_for(delivery);
  REQUIRE(records.size() == 1);
  CHECK(records[0].queue == "backup.example");
  CHECK(rig.becomes_empty());
}

TEST_CASE("name resolution that fails is a transient failure with the documented text") {
  manager_rig rig(deliver_all());
  rig.policy.on_queue = quick_retry;
  rig.agent->fails_to_resolve = true;
  rig.start();
  REQUIRE(rig.insert(rig.make()));
  const auto records = rig.records.wait_for(transient_failure);
  REQUIRE_FALSE(records.empty());
  CHECK(records[0].response.code == 451);
  CHECK(records[0].response.content == "failed to resolve queue example.com: no such domain");
  rig.agent->fails_to_resolve = false;
  CHECK(rig.records.wait_for(delivery).size() == 1);
}

TEST_CASE("a message scheduled for later waits with a Delayed record") {
  manager_rig rig(deliver_all());
  rig.start();
  auto m = rig.make();
  m->schedule.emplace().first_attempt = std::chrono::system_clock::now() + 200ms;
  const auto first = *m->schedule->first_attempt;
  REQUIRE(rig.insert(m));
  m.reset();
  const auto held = rig.records.wait_for(delayed);
  REQUIRE(held.size() == 1);
  CHECK(held[0].response.code == 400);
  CHECK(held[0].response.content.starts_with("Context: ScheduledForLater. Next due in "));
  const auto records = rig.records.wait_for(delivery);
  REQUIRE(records.size() == 1);
  CHECK(records[0].timestamp >= first);
  CHECK(records[0].timestamp < first + 2s);
}

TEST_CASE("throttle_insert_ready_queue may set a due time") {
  manager_rig rig(deliver_all());
  std::atomic<int> calls{0};
  rig.policy.on_throttle_insert = [&](mail::message_ref m) {
    if (calls++ == 0) m->due = std::chrono::system_clock::now() + 50ms;
  };
  rig.start();
  REQUIRE(rig.insert(rig.make()));
  CHECK(rig.records.wait_for(delivery).size() == 1);
  CHECK(calls == 2);
  const auto held = rig.records.all(delayed);
  REQUIRE(held.size() == 1);
  CHECK(held[0].response.content.starts_with("Context: ThrottledByThrottleInsertReadyQueue. Next due in "));
}

TEST_CASE("a message whose throttle_insert_ready_queue fails is tried again as after any failure") {
  manager_rig rig(deliver_all());
  std::atomic<int> calls{0};
  rig.policy.on_throttle_insert = [&](mail::message_ref) {
    if (calls++ == 0) throw std::runtime_error("the module is gone");
  };
  rig.policy.on_queue = [](const auto&) {
    queue_config q;
    q.retry_interval = 100ms;
    return q;
  };
  rig.start();
  REQUIRE(rig.insert(rig.make()));
  CHECK(rig.records.wait_for(delivery).size() == 1);
  const auto failed = rig.records.all(transient_failure);
  REQUIRE(failed.size() == 1);
  CHECK(failed[0].response.content == "KumoMTA internal: throttle_insert_ready_queue failed: the module is gone");
}

TEST_CASE("a message that is only held expires at max_age, whatever holds it") {
  manager_rig rig(deliver_all());
  rig.policy.on_throttle_insert = [](mail::message_ref m) { m->due = std::chrono::system_clock::now() + 50ms; };
  rig.policy.on_queue = [](const auto&) {
    queue_config q;
    q.max_age = 300ms;
    return q;
  };
  rig.start();
  auto m = rig.make();
  const auto id = m->id;
  rig.store(*m);
  REQUIRE(rig.insert(m));
  m.reset();
  const auto expired = rig.records.wait_for(expiration);
  REQUIRE(expired.size() == 1);
  CHECK(expired[0].response.code == 551);
  CHECK(expired[0].response.enhanced->text() == "5.4.7");
  CHECK(expired[0].response.content.find(" after creation, which exceeds max_age=300ms") != std::string::npos);
  CHECK(expired[0].num_attempts == 0);
  CHECK(rig.becomes_empty());
  CHECK_FALSE(rig.spool.has(id));
}

TEST_CASE("a cold message that finds its ready queue full again and again expires") {
  manager_rig rig([](std::shared_ptr<work_source>) -> rt::task<> { co_await rt::sleep_for(10min); });
  rig.policy.on_queue = [](const auto&) {
    queue_config q;
    q.max_age = 100ms;
    return q;
  };
  rig.policy.on_path = [](const auto&) {
    egress_path_config p;
    p.max_ready = 0;
    p.system_shutdown_timeout = 10ms;
    return p;
  };
  rig.start();
  for (int i = 0; i < 3; ++i) {
    auto m = rig.make();
    rig.store(*m);
    REQUIRE(rig.insert(m));
  }
  CHECK(rig.records.wait_for(expiration, 3).size() == 3);
  CHECK(rig.becomes_empty());
  CHECK(rig.spool.size() == 0);
}

TEST_CASE("an expiry of the message's own ends a hold, and a schedule that it cannot keep") {
  manager_rig rig(deliver_all());
  rig.policy.on_throttle_insert = [](mail::message_ref m) { m->due = std::chrono::system_clock::now() + 50ms; };
  rig.start();
  const auto now = std::chrono::system_clock::now();
  auto held = rig.make(), scheduled = rig.make(), late = rig.make();
  held->schedule.emplace().expires = now + 300ms;
  scheduled->schedule.emplace().expires = now + 10min;
  scheduled->schedule->first_attempt = now + 20min;
  late->schedule.emplace().expires = now - 1s;
  for (const auto& m : {held, scheduled, late}) REQUIRE(rig.insert(m));
  const auto expired = rig.records.wait_for(expiration, 3);
  REQUIRE(expired.size() == 3);
  for (const auto& r : expired) {
    CHECK(r.response.content.starts_with("Next delivery time would be at "));
    CHECK(r.response.content.ends_with(" configured via set_scheduling"));
  }
  CHECK(rig.records.all(delivery).empty());
}

TEST_CASE("requeue_message hears why a whole queue was given back") {
  for (const auto why : {insert_context::mx_resolved_to_zero_hosts, insert_context::mx_was_skipped}) {
    manager_rig rig([why](std::shared_ptr<work_source> work) -> rt::task<> {
      auto no_hosts = reply(451, "no hosts");
      co_await work->settle_all(transient_failure, std::move(no_hosts), why);
    });
    std::atomic<bool> was_told{false};
    rig.policy.on_requeue = [&](mail::message_ref, const auto&, std::string_view told, bool increment) {
      was_told = told == insert_context_name(why) && increment;
      return std::optional(reply(550, "enough"));
    };
    rig.start();
    REQUIRE(rig.insert(rig.make()));
    CHECK(rig.records.wait_for(bounce).size() == 1);
    CHECK(was_told);
    CHECK(rig.records.all(transient_failure).size() == 1);
    CHECK(rig.records.all(delayed).empty());
  }
}

TEST_CASE("requeue_message hears of too many connection failures") {
  manager_rig rig([](std::shared_ptr<work_source> work) -> rt::task<> {
    auto no_connection = reply(400, "cannot connect");
    co_await work->connection_failed(std::move(no_connection), no_trace);
  });
  rig.policy.on_path = [](const auto&) {
    egress_path_config p;
    p.consecutive_connection_failures_before_delay = 0;
    return p;
  };
  std::atomic<bool> was_told{false};
  rig.policy.on_requeue = [&](mail::message_ref, const auto&, std::string_view told, bool) {
    was_told = told == "TooManyConnectionFailures";
    return std::optional(reply(550, "enough"));
  };
  rig.start();
  REQUIRE(rig.insert(rig.make()));
  CHECK(rig.records.wait_for(bounce).size() == 1);
  CHECK(was_told);
}
