#include "deliver/failed_hosts.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace godwit;

namespace {

ip_endpoint peer(std::size_t n) {
  return {ip_address::v4({127, 1, static_cast<std::uint8_t>(n / 256), static_cast<std::uint8_t>(n % 256)}), 25};
}

bool is_listed(const ip_endpoint& to) {
  const auto all = deliver::list_failed_hosts();
  return std::any_of(all.begin(), all.end(), [&](const auto& one) { return one.to == to; });
}

}  // namespace

TEST_CASE("a host that failed is listed until it is reached") {
  deliver::note_host_failed("mx.test", peer(0));
  const auto all = deliver::list_failed_hosts();
  const auto at = std::find_if(all.begin(), all.end(), [](const auto& one) { return one.to == peer(0); });
  REQUIRE(at != all.end());
  CHECK(at->host == "mx.test");
  CHECK(at->ago.count() >= 0);
  deliver::note_host_reached(peer(1));
  CHECK(is_listed(peer(0)));
  deliver::note_host_reached(peer(0));
  CHECK(!is_listed(peer(0)));
}

TEST_CASE("the hosts that failed last are kept") {
  for (std::size_t i = 0; i <= deliver::max_failed_hosts; ++i) deliver::note_host_failed("mx.test", peer(i));
  CHECK(deliver::list_failed_hosts().size() == deliver::max_failed_hosts);
  CHECK(!is_listed(peer(0)));
  CHECK(is_listed(peer(deliver::max_failed_hosts)));
  deliver::note_host_failed("mx.test", peer(1));  // again: takes nobody's place
  CHECK(is_listed(peer(2)));
  for (std::size_t i = 1; i <= deliver::max_failed_hosts; ++i) deliver::note_host_reached(peer(i));
  CHECK(!is_listed(peer(1)));
}
