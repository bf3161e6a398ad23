// Real write errors of the kernel: no file of this process may grow any more (RLIMIT_FSIZE). Writes fail, mail is
// refused, what was there stays readable; when the cause is gone writing goes on without a restart.
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <thread>

#include "fixture.hpp"
#include "metrics/registry.hpp"

namespace godwit::test {

using namespace std::chrono_literals;
using spool::health;
using spool::store_kind;

namespace {

struct rocks_pair {
  static constexpr kinds value{store_kind::rocks_db, store_kind::rocks_db};
};
struct local_pair {
  static constexpr kinds value{store_kind::local_disk, store_kind::local_disk};
};
struct mixed {
  static constexpr kinds value{store_kind::local_disk, store_kind::rocks_db};
};

class no_growth {
 public:
  no_growth() {
    std::signal(SIGXFSZ, SIG_IGN);
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &before_) == 0);
    const rlimit none{0, before_.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &none) == 0);
  }
  ~no_growth() { ::setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

}  // namespace

TEST_CASE_TEMPLATE("after real write errors the spool refuses, keeps, and recovers by itself", Kind, rocks_pair, local_pair, mixed) {
  spool_fixture f(Kind::value);
  auto kept = message("kept\r\n");
  auto removed = message("removed\r\n");
  REQUIRE(f.store(*kept).ok());
  REQUIRE(f.store(*removed).ok());
  auto refused = message("refused\r\n");
  {
    const no_growth full;
    const auto failed = f.store(*refused);
    REQUIRE_FALSE(failed.ok());
    CHECK(f.spool().state() == health::unhealthy);
    CHECK(f.spool().state_reason() == "the spool is not accepting writes");
    CHECK(metrics::expose_text().find("godwit_spool_failing 1") != std::string::npos);
    kept->content = {};
    REQUIRE(f.load_data(*kept).ok());
    CHECK(kept->content.join() == "kept\r\n");
    f.spool().remove(*removed);  // delivery of what was under way may end meanwhile
  }
  CHECK(eventually([&] { return f.spool().state() == health::good; }));
  CHECK(metrics::expose_text().find("godwit_spool_failing 0") != std::string::npos);
  auto later = message("later\r\n");
  const auto again = f.store(*later);
  INFO((again ? std::string() : again.why().text));
  REQUIRE(again.ok());
  f.reopen();
  const auto found = f.enumerate();
  std::set<uuid> ids;
  for (const auto& m : found) ids.insert(m->id);
  CHECK(ids == std::set<uuid>{kept->id, later->id});
}

TEST_CASE_TEMPLATE("a failing disk in the middle of many stores loses nothing that was acknowledged", Kind, rocks_pair, local_pair) {
  spool_fixture f(Kind::value);
  std::set<uuid> acknowledged;
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 5; ++i) {
      auto m = message(std::string(3000, 'a'));
      if (f.store(*m).ok()) acknowledged.insert(m->id);
    }
    {
      const no_growth full;
      auto lost = message(std::string(3000, 'b'));
      CHECK_FALSE(f.store(*lost).ok());
    }
    REQUIRE(eventually([&] { return f.spool().state() == health::good; }));
  }
  CHECK(acknowledged.size() == 15);
  f.reopen();
  std::set<uuid> found;
  for (const auto& m : f.enumerate()) found.insert(m->id);
  CHECK(found == acknowledged);
}

}  // namespace godwit::test
