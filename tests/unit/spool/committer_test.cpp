// The committer against a store that fails, hangs and counts on demand.
#include "spool/committer.hpp"

#include <condition_variable>

#include "fixture.hpp"
#include "spool/enumeration.hpp"
#include "spool/store_plan.hpp"

namespace godwit::spool {

namespace {

/// Records in a map; the test decides when a commit may end and how.
class fake_store : public record_store {
 public:
  result<void> commit(std::span<const operation> group, durability wanted, std::uint64_t& flushes) override {
    std::unique_lock lock(mutex);
    ++commits;
    wake.notify_all();
    wake.wait(lock, [&] { return !is_held; });
    if (is_broken) return fail("fake: no space left");
    flushes += wanted == durability::synced;
    flushed += wanted == durability::synced;
    for (const auto& op : group) {
      const std::pair key{op.where, op.key};
      if (op.what == operation::kind::erase) records.erase(key);
      else records[key] = std::string(op.head) + std::string(op.tail);
    }
    return {};
  }
  result<std::optional<std::string>> load(table, const uuid&) override { return std::optional<std::string>{}; }
  result<bool> contains(table t, const uuid& key) override { return records.contains({t, key}); }
  result<void> each_meta(const record_visitor&) override { return is_broken ? fail("fake: no list") : result<void>{}; }
  result<void> each_loose_body(const key_visitor&) override { return {}; }
  result<void> probe() override {
    const std::lock_guard lock(mutex);
    if (is_broken) return fail("fake: still no space left");
    return {};
  }
  void close() override {}

  void set_held(bool yes) {
    const std::lock_guard lock(mutex);
    is_held = yes;
    wake.notify_all();
  }
  void set_broken(bool yes) {
    const std::lock_guard lock(mutex);
    is_broken = yes;
  }
  void wait_for_commits(int n) {
    std::unique_lock lock(mutex);
    wake.wait(lock, [&] { return commits >= n; });
  }
  std::size_t size() {
    const std::lock_guard lock(mutex);
    return records.size();
  }

  std::mutex mutex;
  std::condition_variable wake;
  bool is_held = false, is_broken = false;
  int commits = 0, flushed = 0;
  std::map<std::pair<table, uuid>, std::string> records;
};

struct bench {
  explicit bench(committer_limits limits = {}) : commits(store, bodies, limits) { loops.start(); }
  ~bench() {
    store.set_held(false);
    commits.close();
  }

  std::future<result<void>> save(std::vector<mail::message*> all, std::size_t loop = 0) {
    return asio::co_spawn(
        loops.at(loop).io(),
        [this, all]() -> rt::task<result<void>> {
          store_plan plan(bodies, recent, commits);
          auto r = plan.build(all, true);
          if (!r) co_return r.why();
          auto stored = co_await commits.submit(*r);
          if (stored) plan.succeed();
          co_return stored;
        },
        asio::use_future);
  }

  fake_store store;
  body_table bodies;
  arrivals recent;
  rt::loop_group loops{2};
  committer commits;
};

}  // namespace

TEST_CASE("what arrives during a commit shares the next one") {
  bench b;
  b.store.set_held(true);
  auto first = test::message("1");
  auto done = b.save({first.get()});
  b.store.wait_for_commits(1);
  std::vector<mail::message_ref> rest;
  std::vector<std::future<result<void>>> waits;
  for (std::size_t i = 0; i < 20; ++i) {
    rest.push_back(test::message("x"));
    waits.push_back(b.save({rest.back().get()}, i % 2));
  }
  // Both loops have handed in all they have.
  for (std::size_t i = 0; i < 2; ++i) {
    asio::co_spawn(b.loops.at(i).io(), []() -> rt::task<> { co_return; }, asio::use_future).get();
  }
  b.store.set_held(false);
  CHECK(done.get().ok());
  for (auto& w : waits) CHECK(w.get().ok());
  CHECK(b.store.commits == 2);
  CHECK(b.store.flushed == 2);
  CHECK(b.store.size() == 42);
}

TEST_CASE("removals alone flush nothing") {
  bench b;
  auto m = test::message("x");
  REQUIRE(b.save({m.get()}).get().ok());
  b.commits.remove(m->id, {});
  b.store.wait_for_commits(2);
  b.commits.close();
  CHECK(b.store.flushed == 1);
  CHECK(b.store.size() == 0);
}

TEST_CASE("a failed commit leaves nothing behind, and the spool recovers") {
  bench b;
  const auto body = mail::make_body("shared");
  auto one = test::message(body), two = test::message(body);
  b.store.set_broken(true);
  const auto failed = b.save({one.get(), two.get()}).get();
  REQUIRE_FALSE(failed.ok());
  CHECK(failed.why().text.find("no space left") != std::string::npos);
  CHECK(b.commits.is_failing());
  CHECK_FALSE(one->is_spooled);
  CHECK(one->shared_body_id.is_nil());
  CHECK(b.bodies.size() == 0);

  b.store.set_broken(false);
  CHECK(b.save({one.get(), two.get()}).get().ok());
  CHECK_FALSE(b.commits.is_failing());
  CHECK(b.store.size() == 3);  // the taking back of the first attempt came before the second
}

TEST_CASE("the spool recovers by itself") {
  bench b({.longest_pause = std::chrono::milliseconds(1)});
  auto m = test::message("x");
  b.store.set_broken(true);
  REQUIRE_FALSE(b.save({m.get()}).get().ok());
  b.store.set_broken(false);
  for (int i = 0; i < 500 && b.commits.is_failing(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  CHECK_FALSE(b.commits.is_failing());
}

TEST_CASE("what a failing disk has left to be removed is removed at the end, if the disk allows it by then") {
  bench b;
  auto m = test::message("x");
  REQUIRE(b.save({m.get()}).get().ok());
  b.store.set_broken(true);
  b.commits.remove(m->id, {});
  b.store.wait_for_commits(2);
  REQUIRE(test::eventually([&] { return b.commits.is_failing(); }));
  b.store.set_broken(false);
  b.commits.close();
  CHECK(b.store.size() == 0);
}

TEST_CASE("what arrives is not noted any more after an enumeration that failed") {
  bench b;
  b.store.set_broken(true);
  const std::atomic<bool> must_stop{false};
  enumeration listing(b.store, b.bodies, b.recent, b.commits, must_stop);
  CHECK_FALSE(listing.run([](mail::message_ref) {}).ok());
  const auto later = uuid::make_v1();
  b.recent.note(later);
  CHECK_FALSE(b.recent.contains(later));
}

TEST_CASE("a session does not wait beyond the deadline; what is written late is taken back") {
  bench b({.store_deadline = std::chrono::seconds(1), .stuck_after = std::chrono::seconds(1)});
  b.store.set_held(true);
  auto in_work = test::message("1"), queued = test::message("2");
  auto first = b.save({in_work.get()});
  b.store.wait_for_commits(1);
  auto second = b.save({queued.get()});
  const auto later = committer::clock::now() + std::chrono::seconds(5);
  CHECK(b.commits.is_stuck(later));
  // The second may not have reached the committer yet.
  while (second.wait_for(std::chrono::milliseconds(1)) != std::future_status::ready) b.commits.expire(later);
  const auto outcome = first.get();
  REQUIRE_FALSE(outcome.ok());
  CHECK(outcome.why().text == write_timed_out);
  CHECK(second.get().why().text == write_timed_out);

  // One is tried again while its first attempt still hangs.
  auto again = b.save({in_work.get()});
  b.store.set_held(false);
  CHECK(again.get().ok());
  b.commits.close();
  CHECK(b.store.size() == 2);
  CHECK(b.store.contains(table::meta, in_work->id).ok());
  CHECK_FALSE(*b.store.contains(table::meta, queued->id));
}

}  // namespace godwit::spool
