#include "net/descriptors.hpp"

#include <doctest/doctest.h>

#include <sys/resource.h>

#include "metrics/registry.hpp"

using namespace godwit;
using enum net::descriptor_use;

namespace {

/// Sets the soft limit while it lives.
struct limited {
  explicit limited(rlim_t files) {
    ::getrlimit(RLIMIT_NOFILE, &before);
    auto now = before;
    now.rlim_cur = files;
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &now) == 0);
  }
  ~limited() { ::setrlimit(RLIMIT_NOFILE, &before); }
  rlimit before{};
};

}  // namespace

TEST_CASE("an eighth is kept from who connects, half of it from deliveries") {
  const limited l(1000);
  CHECK(net::may_keep(874, incoming));
  CHECK_FALSE(net::may_keep(875, incoming));
  CHECK(net::may_keep(937, outgoing));
  CHECK_FALSE(net::may_keep(938, outgoing));
}

TEST_CASE("never less than 32") {
  const limited l(100);
  CHECK(net::may_keep(67, incoming));
  CHECK_FALSE(net::may_keep(68, incoming));
  CHECK(net::may_keep(83, outgoing));
  CHECK_FALSE(net::may_keep(84, outgoing));
}

TEST_CASE("the soft limit is raised to the hard one") {
  const limited l(100);
  CHECK(net::raise_descriptor_limit() == l.before.rlim_max);
  CHECK(net::may_keep(100, incoming));
}

TEST_CASE("each shortage counts") {
  const auto count = metrics::get_counter("godwit_net_descriptor_shortages", {});
  const auto before = count->read();
  net::note_shortage("test");
  net::note_shortage("test");
  CHECK(count->read() == before + 2);
}
