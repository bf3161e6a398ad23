// Who has had the message is on disk before anybody else is asked, and stays known however a session ends.
#include "manager_rig.hpp"
#include "queue/administration.hpp"

using namespace godwit;
using namespace godwit::queue;
using namespace godwit::queue::test;
using namespace std::chrono_literals;
using enum mail::record_type;

namespace {

constexpr const char* only_b = "\"recipient\":\"b@example.com\"";

/// a is delivered, b fails for now.
session_script one_of_two() {
  return [](std::shared_ptr<work_source> work) -> rt::task<> {
    auto batch = co_await work->take(1, 100ms);
    if (batch.empty()) co_return;
    std::vector<outcome> outcomes;
    outcomes.push_back({0, delivery, reply(250, "taken")});
    outcomes.push_back({1, transient_failure, reply(450, "later")});
    co_await work->settle(batch[0], std::move(outcomes), no_trace);
  };
}

void cancel_quickly(manager_rig& rig) {
  rig.policy.on_path = [](const auto&) {
    egress_path_config p;
    p.system_shutdown_timeout = 20ms;
    return p;
  };
}

}  // namespace

TEST_CASE("delivered recipients are off the spooled message before requeue_message is asked") {
  manager_rig rig(one_of_two());
  cancel_quickly(rig);
  rig.policy.on_requeue = [](auto, const auto&, auto, bool) { return std::nullopt; };
  rig.policy.hangs_in_requeue = true;
  rig.start();
  auto m = rig.make({"a@example.com", "b@example.com"});
  rig.store(*m);
  REQUIRE(rig.insert(m));
  CHECK(eventually([&] { return rig.spool.meta(m->id).find(only_b) != std::string::npos; }));
  rig.stop();  // cancels the session in the middle of its requeueing
  CHECK(rig.spool.meta(m->id).find(only_b) != std::string::npos);
  CHECK(rig.records.all(delivery).size() == 1);
}

namespace {

/// a is delivered in a part of its own, b fails for now; the attempt then goes on without end.
session_script one_part_of_three() {
  return [](std::shared_ptr<work_source> work) -> rt::task<> {
    auto batch = co_await work->take(1, 100ms);
    if (batch.empty()) co_return;
    std::vector<outcome> outcomes;
    outcomes.push_back({0, delivery, reply(250, "taken")});
    outcomes.push_back({1, transient_failure, reply(450, "later")});
    const auto gone = co_await work->settle_part(batch[0], std::move(outcomes), no_trace);
    CHECK(gone == std::vector<bool>{true, false, false});
    CHECK(batch[0]->recipients.size() == 2);
    co_await rt::sleep_for(10min);
  };
}

}  // namespace

TEST_CASE("a part of an attempt is on disk while the attempt goes on") {
  manager_rig rig(one_part_of_three());
  cancel_quickly(rig);
  rig.start();
  auto m = rig.make({"a@example.com", "b@example.com", "c@example.com"});
  rig.store(*m);
  REQUIRE(rig.insert(m));
  const auto is_saved = [&] {
    const auto meta = rig.spool.meta(m->id);
    return meta.find("b@example.com") != std::string::npos && meta.find("a@example.com") == std::string::npos;
  };
  CHECK(eventually(is_saved));
  CHECK(rig.records.all(delivery).size() == 1);
  CHECK(rig.records.all(transient_failure).empty());
  rig.stop();  // cancels the session: what is left goes back as it is
  CHECK(is_saved());
  CHECK(rig.records.all(delivery).size() == 1);
}

TEST_CASE("outcomes that could not be saved are saved at the latest at shutdown") {
  manager_rig rig(one_of_two());
  cancel_quickly(rig);
  rig.policy.on_requeue = [](auto, const auto&, auto, bool) { return std::nullopt; };
  rig.policy.hangs_in_requeue = true;
  rig.start();
  auto m = rig.make({"a@example.com", "b@example.com"});
  rig.store(*m);
  rig.spool.refuse_stores(true);  // the state stays good: delivery goes on
  REQUIRE(rig.insert(m));
  REQUIRE(rig.records.wait_for(transient_failure).size() == 1);
  CHECK(rig.spool.meta(m->id).find("a@example.com") != std::string::npos);
  rig.spool.refuse_stores(false);
  rig.stop();
  CHECK(rig.spool.meta(m->id).find(only_b) != std::string::npos);
}

namespace {

/// A session that is cancelled has no time to await what it does with its only message.
session_script given_up(std::function<rt::task<>(work_source&, mail::message_ref)> what) {
  return [what](std::shared_ptr<work_source> work) -> rt::task<> {
    auto batch = co_await work->take(1, 100ms);
    if (!batch.empty()) (void)what(*work, batch[0]);
  };
}

/// In how long the only message has its next turn; none while it is not waiting.
std::optional<duration> next_turn(manager_rig& rig) {
  std::optional<duration> in;
  const auto note = [&](message_view v) -> rt::task<bool> {
    if (!v.is_active) in = v.due - std::chrono::system_clock::now();
    co_return true;
  };
  rig.run([&] { return rig.manager->administration().list({}, note); });
  return in;
}

}  // namespace

TEST_CASE("a failure whose settlement is given up has its record, and its retry") {
  manager_rig rig(given_up([](work_source& work, mail::message_ref m) {
    std::vector<outcome> outcomes;
    outcomes.push_back({{}, transient_failure, reply(450, "later")});
    return work.settle(std::move(m), std::move(outcomes), no_trace);
  }));
  rig.start();
  auto m = rig.make();
  REQUIRE(rig.insert(m));
  const auto records = rig.records.wait_for(transient_failure);
  REQUIRE(records.size() == 1);
  CHECK(records[0].response.content == "later");
  CHECK(eventually([&] { return next_turn(rig) > 10min; }));
  CHECK(m->attempts == 1);
}

TEST_CASE("a message whose work is given up has its next turn soon") {
  manager_rig rig(given_up([](work_source& work, mail::message_ref m) {
    return work.rebind(std::move(m), deferred_injection_rebind, reply(250, "elsewhere"), no_trace);
  }));
  rig.start();
  REQUIRE(rig.insert(rig.make()));
  std::optional<duration> in;
  CHECK(eventually([&] { return (in = next_turn(rig)).has_value(); }));
  CHECK(in.value_or(1h) < 10s);
}
