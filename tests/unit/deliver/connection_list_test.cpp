#include "deliver/connection_list.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <optional>

using namespace godwit;
using namespace std::chrono_literals;
using deliver::connection_state;

namespace {

std::optional<deliver::connection_view> find(std::uint64_t number) {
  const auto all = deliver::list_connections();
  const auto at = std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.number == number; });
  return at == all.end() ? std::nullopt : std::optional(*at);
}

const ip_endpoint peer{ip_address::v4({127, 0, 0, 1}), 25};

}  // namespace

TEST_CASE("a connection is listed with its state, its age and what its messages took, until it ends") {
  std::uint64_t number = 0;
  {
    deliver::listed_connection one("ip1", "ip1->mx.test@smtp", "mx.test", peer);
    number = one.number();
    auto seen = find(number);
    REQUIRE(seen);
    CHECK(seen->source == "ip1");
    CHECK(seen->ready_queue == "ip1->mx.test@smtp");
    CHECK(seen->host == "mx.test");
    CHECK(seen->to.text() == "127.0.0.1:25");
    CHECK(seen->state == connection_state::connecting);
    CHECK(seen->connect_time == 0ns);
    CHECK(seen->deliveries == 0);

    one.note_ready();
    CHECK(find(number)->state == connection_state::idle);
    CHECK(find(number)->connect_time > 0ns);
    CHECK(find(number)->age >= find(number)->connect_time);
    one.begin_batch();
    CHECK(find(number)->state == connection_state::delivering);
    one.end_batch(3, 30ms);
    one.begin_batch();
    one.end_batch(1, 10ms);
    seen = find(number);
    CHECK(seen->state == connection_state::idle);
    CHECK(seen->deliveries == 4);
    CHECK(seen->delivery_time == 40ms);
  }
  CHECK(!find(number));
}

TEST_CASE("connections are listed oldest first") {
  const deliver::listed_connection first("ip1", "q", "a", peer), second("ip1", "q", "b", peer);
  const auto all = deliver::list_connections();
  REQUIRE(all.size() >= 2);
  CHECK(std::is_sorted(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.number < b.number; }));
  CHECK(second.number() == first.number() + 1);
  CHECK(deliver::state_name(all.back().state) == "connecting");
}
