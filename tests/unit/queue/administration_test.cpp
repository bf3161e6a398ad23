#include "queue/administration.hpp"

#include "manager_rig.hpp"

#include <map>

using namespace godwit;
using namespace godwit::queue;
using namespace godwit::queue::test;
using namespace std::chrono_literals;
using enum mail::record_type;

namespace {

/// Messages that failed once and wait for an hour.
struct waiting_rig : manager_rig {
  std::vector<uuid> ids;

  explicit waiting_rig(std::size_t count) : manager_rig(answer_all(transient_failure, reply(451, "later"))) {
    policy.on_queue = [](const auto&) {
      queue_config q;
      q.retry_interval = 1h;
      return q;
    };
    start();
    for (std::size_t i = 0; i < count; ++i) {
      auto m = make({fmt::format("user{}@{}", i, i % 2 == 0 ? "even.test" : "odd.test")});
      m->set_meta("n", static_cast<std::int64_t>(i));
      store(*m);
      ids.push_back(m->id);
      REQUIRE(insert(std::move(m)));
    }
    records.wait_for(transient_failure, count);
    REQUIRE(eventually([&] { return delayed() == count; }));
  }

  administration& admin() { return manager->administration(); }
  std::size_t delayed() {
    std::size_t n = 0;
    for (std::size_t i = 0; i < administration::shard_count(); ++i) n += admin().delayed(i);
    return n;
  }
};

selection of_domain(std::string domain) {
  return {.queue = [domain](const mail::queue_name& q) { return q.domain == domain; }, .message = {}};
}

}  // namespace

TEST_CASE("a view tells where a message is, and loads it") {
  waiting_rig rig(3);
  const auto found = rig.run([&] { return rig.admin().find(rig.ids[1]); });
  REQUIRE(found);
  CHECK(found->queue == "odd.test");
  CHECK_FALSE(found->is_active);
  CHECK(found->attempts == 1);
  CHECK(found->last_code == 451);
  CHECK(found->due > std::chrono::system_clock::now() + 30min);
  mail::message_ref m;
  rig.run([&]() -> rt::task<> {
    auto loaded = co_await rig.admin().load(*found, true);
    if (loaded) m = std::move(*loaded);
  });
  REQUIRE(m);
  CHECK(m->recipients[0].email() == "user1@odd.test");
  CHECK(m->content.is_loaded());
  CHECK_FALSE(rig.run([&] { return rig.admin().find(uuid::make_v1()); }));
}

TEST_CASE("queues are seen by shard, with what waits in them") {
  waiting_rig rig(5);
  std::map<std::string, std::size_t> seen;
  for (std::size_t i = 0; i < administration::shard_count(); ++i) {
    for (const auto& q : rig.admin().scheduled(i)) seen[q.name.domain] = q.delayed;
  }
  CHECK(seen == std::map<std::string, std::size_t>{{"even.test", 3}, {"odd.test", 2}});
}

TEST_CASE("list stops when told, and looks no further") {
  waiting_rig rig(600);  // more than two steps
  std::size_t seen = 0, looked_at = 0;
  const selection of{.queue = [&](const mail::queue_name&) { return ++looked_at > 0; }, .message = {}};
  const auto count = [&](message_view) -> rt::task<bool> { co_return ++seen < 10; };
  rig.run([&] { return rig.admin().list(of, count); });
  CHECK(seen == 10);
  CHECK(looked_at <= 256);
}

TEST_CASE("a ready queue is looked through in steps") {
  constexpr std::size_t count = 3000;
  manager_rig rig([](std::shared_ptr<work_source>) { return rt::sleep_for(10min); });
  rig.policy.on_path = [](const auto&) {
    egress_path_config p;
    p.max_ready = count;
    return p;
  };
  rig.start();
  for (std::size_t i = 0; i < count; ++i) REQUIRE(rig.insert(rig.make()));
  auto& admin = rig.manager->administration();
  std::size_t looked_at = 0, seen = 0, most = 10;
  const selection of{.queue = [&](const mail::queue_name&) { return ++looked_at > 0; }, .message = {}};
  const auto tally = [&](message_view v) -> rt::task<bool> {
    CHECK(v.is_active);
    co_return ++seen < most;
  };
  rig.run([&] { return admin.list(of, tally); });
  CHECK(seen == most);
  CHECK(looked_at <= 256);
  looked_at = seen = 0;
  most = 2 * count;
  rig.run([&] { return admin.list(of, tally); });
  CHECK(seen == count);
  CHECK(looked_at == count);
  CHECK(rig.run([&] { return admin.fail_messages({}, reply(554, "purged")); }) == count);
  CHECK(rig.records.wait_for(admin_bounce, count).size() == count);
}

TEST_CASE("fail takes what is selected, with a record each") {
  waiting_rig rig(10);
  const auto response = reply(554, "purged");
  CHECK(rig.run([&] { return rig.admin().fail_messages(of_domain("odd.test"), response); }) == 5);
  CHECK(rig.records.wait_for(admin_bounce, 5).size() == 5);
  CHECK(rig.manager->message_count() == 5);
  CHECK(rig.delayed() == 5);
  CHECK(rig.spool.size() == 5);
}

TEST_CASE("a filter looks into cold messages and leaves the others as they were") {
  waiting_rig rig(20);
  selection of;
  of.message = [](const mail::message& m) { return *m.get_meta("n")->as_integer() >= 15; };
  std::size_t seen = 0;
  const auto note = [&](message_view) -> rt::task<bool> { co_return ++seen < 2; };
  CHECK(rig.run([&] { return rig.admin().count_messages(of, note); }) == 5);
  CHECK(seen == 2);
  CHECK(rig.delayed() == 20);
  CHECK(rig.run([&] { return rig.admin().fail_messages(of, std::nullopt); }) == 5);
  CHECK(rig.records.wait_for(admin_bounce, 0).empty());
  CHECK(rig.delayed() == 15);
  const auto kept = rig.run([&] { return rig.admin().find(rig.ids[3]); });
  REQUIRE(kept);
  CHECK(kept->due > std::chrono::system_clock::now() + 30min);
}

TEST_CASE("flush and retry make messages due") {
  waiting_rig rig(4);
  CHECK(rig.run([&] { return rig.admin().retry_message(rig.ids[0]); }));
  rig.records.wait_for(transient_failure, 5);
  CHECK(rig.run([&] { return rig.admin().flush(of_domain("odd.test")); }) == 2);
  CHECK(rig.records.wait_for(transient_failure, 7).size() == 7);
  CHECK_FALSE(rig.run([&] { return rig.admin().retry_message(uuid::make_v1()); }));
}

TEST_CASE("a long operation says how far it is") {
  waiting_rig rig(600);
  std::vector<std::size_t> told;
  const auto tell = [&](std::size_t n) -> rt::task<> {
    told.push_back(n);
    co_return;
  };
  CHECK(rig.run([&] { return rig.admin().fail_messages({}, reply(554, "purged"), tell); }) == 600);
  REQUIRE_FALSE(told.empty());
  CHECK(std::is_sorted(told.begin(), told.end()));
  CHECK(told.back() == 600);
  std::size_t longest = told.front();
  for (std::size_t i = 1; i < told.size(); ++i) longest = std::max(longest, told[i] - told[i - 1]);
  CHECK(longest <= 256);
}

TEST_CASE("what was stopped leaves the rest as it is") {
  waiting_rig rig(600);
  const auto stop = [](std::size_t n) -> rt::task<> {
    if (n > 0) throw std::runtime_error("the operator has seen enough");
    co_return;
  };
  const auto later = [&rig] {
    std::size_t n = 0;
    const auto note = [&](message_view v) -> rt::task<bool> {
      n += v.due > std::chrono::system_clock::now() + 30min;
      co_return true;
    };
    rig.run([&] { return rig.admin().list({}, note); });
    return n;
  };
  CHECK_THROWS(rig.run([&] { return rig.admin().flush({}, stop); }));
  CHECK(eventually([&] { return rig.delayed() == 600; }));  // those that were let go failed again
  CHECK(later() == 600);
  CHECK_THROWS(rig.run([&] { return rig.admin().fail_messages({}, reply(554, "purged"), stop); }));
  const auto left = rig.manager->message_count();
  CHECK((left >= 600 - 256 && left < 600));
  CHECK(later() == left);
}
