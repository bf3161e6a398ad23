// A disk that does not answer: what need not wait for it does not.
#include "bad_disk.hpp"
#include "layouts.hpp"

namespace godwit::test {

namespace {

rt::task<result<void>> storing(spool_fixture& f, mail::message& m) { co_return co_await f.spool().store(m); }

/// The store goes on by itself.
std::future<result<void>> begin_store(spool_fixture& f, mail::message& m) {
  return asio::co_spawn(f.loops().at(0).io(), storing(f, m), asio::use_future);
}

}  // namespace

TEST_CASE_TEMPLATE("what was delivered is noted while a store waits for the disk", Kind, EVERY_KIND) {
  spool_fixture f(Kind::value);
  auto stored = message("stored\r\n");
  auto first = message(mail::make_body("shared\r\n")), second = message(first->content.base, "c@example.com");
  auto whole = message("whole\r\n");
  REQUIRE(f.store_all({first.get(), second.get()}).ok());
  REQUIRE(f.store(*whole).ok());
  std::future<result<void>> waiting;
  {
    hanging_call disk(disk_call::fdatasync);
    waiting = begin_store(f, *stored);
    disk.wait();
    for (const auto& gone : {first, second, whole}) f.spool().remove(*gone);
    CHECK(eventually([&] { return !f.load_meta(first->id).ok() && !f.load_meta(whole->id).ok(); }));
    CHECK(waiting.wait_for(std::chrono::seconds(0)) == std::future_status::timeout);
  }
  REQUIRE(waiting.get().ok());
  f.reopen();
  CHECK(f.enumerate().size() == 1);
  CHECK(f.load_data(*stored).ok());
  CHECK_FALSE(f.load_data(*first).ok());
}

TEST_CASE("a session is told that the disk does not answer, though a removal hangs there as well") {
  spool_fixture f(local_pair::value);
  f.limits.store_deadline = f.limits.error_latch_duration = std::chrono::seconds(1);
  f.reopen();
  auto stored = message("stored\r\n"), gone = message("gone\r\n");
  REQUIRE(f.store(*gone).ok());
  hanging_call disk(disk_call::fdatasync);
  auto waiting = begin_store(f, *stored);
  disk.wait();
  hanging_call removals(disk_call::pwrite);
  f.spool().remove(*gone);
  removals.wait();
  REQUIRE(waiting.wait_for(std::chrono::seconds(60)) == std::future_status::ready);
  CHECK_FALSE(waiting.get().ok());
  CHECK(eventually([&] { return f.spool().state() == spool::health::unhealthy; }));
}

}  // namespace godwit::test
