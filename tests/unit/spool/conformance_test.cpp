// What every kind of spool promises. Each case runs over all layouts.
#include <thread>

#ifdef SPOOL_LAYOUTS
#include SPOOL_LAYOUTS
#else
#include "layouts.hpp"
#endif

namespace godwit::test {

TEST_CASE_TEMPLATE("a stored message comes back after reopening", Kind, EVERY_KIND) {
  spool_fixture f(Kind::value);
  auto m = message("Subject: x\r\n\r\n.dot \xff\r\n");
  m->prepend_header("Received", "from here");
  m->set_meta("queue", "q@example.com");
  REQUIRE(f.store(*m).ok());
  CHECK(m->is_spooled);
  CHECK_FALSE(m->meta_dirty);
  CHECK_FALSE(m->data_dirty);
  f.reopen();

  auto loaded = f.load_meta(m->id);
  REQUIRE(loaded.ok());
  CHECK((*loaded)->get_meta_string("queue") == "q@example.com");
  CHECK((*loaded)->is_spooled);
  CHECK_FALSE((*loaded)->content.is_loaded());
  REQUIRE(f.load_data(**loaded).ok());
  CHECK((*loaded)->content.join() == m->content.join());
  CHECK((*loaded)->content.base->is_8bit);
  CHECK((*loaded)->content.base->needs_stuffing);
}

TEST_CASE_TEMPLATE("an absent message is an error", Kind, EVERY_KIND) {
  spool_fixture f(Kind::value);
  CHECK_FALSE(f.load_meta(uuid::make_v1()).ok());
  auto m = message("x");
  CHECK_FALSE(f.load_data(*m).ok());
}

TEST_CASE_TEMPLATE("only what is dirty is written again", Kind, EVERY_KIND) {
  spool_fixture f(Kind::value);
  auto m = message("body\r\n");
  REQUIRE(f.store(*m).ok());
  m->content = {};  // dropped from memory
  m->set_meta("x_attempt", 2);
  REQUIRE(f.store(*m).ok());
  REQUIRE(f.load_data(*m).ok());
  CHECK(m->content.join() == "body\r\n");
  auto loaded = f.load_meta(m->id);
  REQUIRE(loaded.ok());
  CHECK(*(*loaded)->get_meta("x_attempt") == value(2));
  REQUIRE(f.store(*m).ok());  // nothing dirty: nothing to do
}

TEST_CASE_TEMPLATE("storing without a body in memory is an error", Kind, EVERY_KIND) {
  spool_fixture f(Kind::value);
  auto m = message("x");
  m->content = {};
  CHECK_FALSE(f.store(*m).ok());
  CHECK_FALSE(m->is_spooled);
}

TEST_CASE_TEMPLATE("changed data replaces the record", Kind, EVERY_KIND) {
  spool_fixture f(Kind::value);
  auto m = message("old\r\n");
  REQUIRE(f.store(*m).ok());
  m->set_data("new and longer\r\n");
  REQUIRE(f.store(*m).ok());
  f.reopen();
  auto loaded = f.load_meta(m->id);
  REQUIRE(loaded.ok());
  REQUIRE(f.load_data(**loaded).ok());
  CHECK((*loaded)->content.join() == "new and longer\r\n");
}

TEST_CASE_TEMPLATE("a removed message is gone after close", Kind, EVERY_KIND) {
  spool_fixture f(Kind::value);
  auto kept = message("kept\r\n"), removed = message("removed\r\n"), never_stored = message("never\r\n");
  REQUIRE(f.store(*kept).ok());
  REQUIRE(f.store(*removed).ok());
  f.spool().remove(*removed);
  f.spool().remove(*never_stored);
  f.reopen();
  const auto found = f.enumerate();
  REQUIRE(found.size() == 1);
  CHECK(found[0]->id == kept->id);
  CHECK_FALSE(f.load_meta(removed->id).ok());
}

TEST_CASE_TEMPLATE("a removal is written without waiting for a store", Kind, EVERY_KIND) {
  spool_fixture f(Kind::value);
  auto m = message("x\r\n");
  REQUIRE(f.store(*m).ok());
  f.spool().remove(*m);
  bool gone = false;
  for (int i = 0; i < 100 && !gone; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    gone = !f.load_meta(m->id).ok();
  }
  CHECK(gone);
}

TEST_CASE_TEMPLATE("one body serves many recipients and goes with the last", Kind, EVERY_KIND) {
  spool_fixture f(Kind::value);
  const auto body = mail::make_body("Subject: shared\r\n\r\n" + std::string(5000, 'x') + "\r\n");
  auto a = message(body, "a@example.com"), b = message(body, "b@example.com"), c = message(body, "c@example.com");
  b->prepend_header("X-For", "b");
  REQUIRE(f.store_all({a.get(), b.get(), c.get()}).ok());
  CHECK(a->shared_body_id == body->id);
  CHECK(b->shared_body_id == body->id);

  f.spool().remove(*a);
  f.reopen();
  auto found = f.enumerate();
  REQUIRE(found.size() == 2);
  for (auto& m : found) {
    REQUIRE(f.load_data(*m).ok());
    CHECK(m->content.join() == (m->id == b->id ? b : c)->content.join());
  }
  CHECK(found[0]->content.base == found[1]->content.base);  // shared again in memory

  f.spool().remove(*found[0]);
  f.reopen();
  found = f.enumerate();
  REQUIRE(found.size() == 1);
  REQUIRE(f.load_data(*found[0]).ok());
  f.spool().remove(*found[0]);
  f.reopen();
  CHECK(f.enumerate().empty());
  auto orphan = message("x");
  orphan->shared_body_id = body->id;
  CHECK_FALSE(f.load_data(*orphan).ok());
}

TEST_CASE_TEMPLATE("a body is not freed while counts are incomplete", Kind, EVERY_KIND) {
  spool_fixture f(Kind::value);
  const auto body = mail::make_body("shared\r\n");
  auto a = message(body), b = message(body);
  REQUIRE(f.store_all({a.get(), b.get()}).ok());
  f.reopen();
  // The first found is delivered at once, before the second is counted.
  std::vector<mail::message_ref> found;
  auto count = f.run([&]() -> rt::task<result<std::size_t>> {
    co_return co_await f.spool().enumerate([&](mail::message_ref m) {
      if (found.empty()) f.spool().remove(*m);
      std::this_thread::sleep_for(std::chrono::milliseconds(250));
      found.push_back(std::move(m));
    });
  });
  REQUIRE(count.ok());
  REQUIRE(found.size() == 2);
  CHECK(f.load_data(*found[1]).ok());
}

namespace {

/// Both with the body that they share; then the first anew, with one of its own.
void store_apart(spool_fixture& f, mail::message& first, mail::message& second) {
  REQUIRE(f.store_all({&first, &second}).ok());
  first.set_data("own\r\n");
  REQUIRE(f.store(first).ok());
}

}  // namespace

TEST_CASE_TEMPLATE("a message with a new body lets go of the shared one", Kind, EVERY_KIND) {
  spool_fixture f(Kind::value);
  const auto body = mail::make_body("shared\r\n");
  auto a = message(body), b = message(body);
  store_apart(f, *a, *b);
  CHECK(a->shared_body_id.is_nil());
  f.spool().remove(*b);
  f.reopen();
  const auto found = f.enumerate();
  REQUIRE(found.size() == 1);
  REQUIRE(f.load_data(*found[0]).ok());
  CHECK(found[0]->content.join() == "own\r\n");
  auto orphan = message("x");
  orphan->shared_body_id = body->id;
  CHECK_FALSE(f.load_data(*orphan).ok());
}

TEST_CASE_TEMPLATE("bytes of its own are not taken for header lines of the shared body", Kind, EVERY_KIND) {
  spool_fixture f(Kind::value);
  const auto body = mail::make_body("shared\r\n");
  auto a = message(body), b = message(body);
  store_apart(f, *a, *b);
  a->shared_body_id = body->id;  // what metadata said that is older than the bytes
  REQUIRE(f.load_data(*a).ok());
  CHECK(a->content.join() == "own\r\n");
}

TEST_CASE_TEMPLATE("bytes that begin like the mark of a whole record come back", Kind, EVERY_KIND) {
  spool_fixture f(Kind::value);
  const std::string bytes("\0whole message\nrest\r\n", 21);
  auto m = message(bytes);
  REQUIRE(f.store(*m).ok());
  REQUIRE(f.load_data(*m).ok());
  CHECK(m->content.join() == bytes);
}

TEST_CASE_TEMPLATE("a later recipient joins a body stored apart", Kind, EVERY_KIND) {
  spool_fixture f(Kind::value);
  const auto body = mail::make_body("shared\r\n");
  auto a = message(body), b = message(body), late = message(body);
  REQUIRE(f.store_all({a.get(), b.get()}).ok());
  REQUIRE(f.store(*late).ok());
  CHECK(late->shared_body_id == body->id);
  f.spool().remove(*a);
  f.spool().remove(*b);
  f.reopen();
  const auto found = f.enumerate();
  REQUIRE(found.size() == 1);
  REQUIRE(f.load_data(*found[0]).ok());
  CHECK(found[0]->content.join() == "shared\r\n");
}

TEST_CASE_TEMPLATE("header lines are added to and removed from a spooled shared message", Kind, EVERY_KIND) {
  spool_fixture f(Kind::value);
  const auto body = mail::make_body("Subject: s\r\n\r\nx\r\n");
  auto a = message(body), b = message(body);
  a->prepend_header("X-First", "1");
  REQUIRE(f.store_all({a.get(), b.get()}).ok());
  a->content.prefix.clear();
  a->data_dirty = true;
  b->prepend_header("X-Later", "2");
  REQUIRE(f.store(*a).ok());
  REQUIRE(f.store(*b).ok());
  f.reopen();
  for (const auto& m : {a, b}) {
    auto loaded = f.load_meta(m->id);
    REQUIRE(loaded.ok());
    REQUIRE(f.load_data(**loaded).ok());
    CHECK((*loaded)->content.join() == m->content.join());
  }
}

TEST_CASE_TEMPLATE("flush = false and force_sync store as well", Kind, EVERY_KIND) {
  spool_fixture f(Kind::value, false);
  auto buffered = message("buffered\r\n"), forced = message("forced\r\n");
  forced->force_sync = true;
  REQUIRE(f.store(*buffered).ok());
  REQUIRE(f.store(*forced).ok());
  f.reopen();
  CHECK(f.enumerate().size() == 2);
}

TEST_CASE_TEMPLATE("large messages and many in one group", Kind, EVERY_KIND) {
  spool_fixture f(Kind::value);
  auto large = message(std::string(8 * 1024 * 1024, 'L'));
  std::vector<mail::message_ref> all{large};
  for (int i = 0; i < 50; ++i) all.push_back(message("small\r\n"));
  std::vector<mail::message*> pointers;
  for (auto& m : all) pointers.push_back(m.get());
  REQUIRE(f.store_all(pointers).ok());
  f.reopen();
  CHECK(f.enumerate().size() == all.size());
  auto loaded = f.load_meta(large->id);
  REQUIRE(loaded.ok());
  REQUIRE(f.load_data(**loaded).ok());
  CHECK((*loaded)->content.base->bytes == large->content.base->bytes);
}

TEST_CASE_TEMPLATE("several loops store at once, enumeration lists what was there before", Kind, EVERY_KIND) {
  spool_fixture f(Kind::value, false);
  std::set<uuid> before;
  for (int i = 0; i < 50; ++i) {
    auto m = message("before\r\n");
    REQUIRE(f.store(*m).ok());
    before.insert(m->id);
  }
  f.reopen();
  std::atomic<int> stored{0};
  const auto session = [&]() -> rt::task<> {
    for (int i = 0; i < 40; ++i) {
      auto m = message("during\r\n");
      auto outcome = co_await f.spool().store(*m);
      stored += outcome.ok();
    }
  };
  std::vector<std::future<void>> sessions;
  for (std::size_t i = 0; i < 10; ++i) {
    sessions.push_back(asio::co_spawn(f.loops().at(i % 2).io(), session, asio::use_future));
  }
  std::set<uuid> listed;
  for (const auto& m : f.enumerate()) CHECK(listed.insert(m->id).second);
  for (auto& s : sessions) s.get();
  CHECK(stored == 400);
  CHECK(listed == before);
  f.reopen();
  CHECK(f.enumerate().size() == 450);
}

TEST_CASE_TEMPLATE("after close nothing is stored", Kind, EVERY_KIND) {
  spool_fixture f(Kind::value);
  CHECK(f.spool().state() == spool::health::good);
  CHECK(f.spool().state_reason().empty());
  f.spool().close();
  auto m = message("x\r\n");
  CHECK_FALSE(f.store(*m).ok());
  CHECK_FALSE(m->is_spooled);
  CHECK(f.spool().state() == spool::health::unhealthy);
}

TEST_CASE_TEMPLATE("two processes cannot share a spool", Kind, EVERY_KIND) {
  spool_fixture f(Kind::value);
  rt::blocking_pool pool("other", 1);
  const auto again = spool::open({f.options("data", Kind::value.data), f.options("meta", Kind::value.meta)}, pool);
  CHECK_FALSE(again.ok());
}

}  // namespace godwit::test
