// Sharing, limits and time-outs, with a backend that answers when it is told to.
#include "dns/mx_lookup.hpp"

#include <doctest/doctest.h>

#include "dns/record.hpp"
#include "support/run_until.hpp"
#include "unit/dns/run.hpp"

using namespace godwit;
using namespace godwit::dns;
using namespace std::chrono_literals;

namespace {

struct held_backend : backend {
  void ask(const std::string& name, unsigned, reply done) override { asked.emplace_back(name, std::move(done)); }
  void answer_at(std::size_t i) {
    answer a;
    a.rdata = {std::string("\0\12\2mx\4test\0", 11)};
    a.ttl = 60s;
    asked[i].second(std::move(a));
  }
  std::vector<std::pair<std::string, reply>> asked;
};

struct fixture {
  explicit fixture(resolver_options o = {}) : lookup(from, o) {}
  ~fixture() { poll(); }

  void find(const std::string& domain, asio::cancellation_slot slot = {}) {
    asio::co_spawn(on.io(), report(domain), asio::bind_cancellation_slot(slot, [this](std::exception_ptr e) {
                     if (e) outcomes.push_back("thrown");
                   }));
    poll();
  }
  rt::task<> report(std::string domain) {
    const auto got = co_await lookup.find(*parse_destination(domain));
    outcomes.push_back(got ? (*got)->site_name : got.why().text);
  }
  void poll() {
    on.io().restart();
    on.io().poll();
  }

  held_backend from;
  mx_lookup lookup;
  rt::loop on{0};
  std::vector<std::string> outcomes;
};

resolver_options limits(std::size_t concurrency, duration timeout) {
  resolver_options o;
  o.mx_concurrency_limit = concurrency;
  o.mx_timeout = timeout;
  return o;
}

}  // namespace

TEST_CASE("callers of one domain share a look-up") {
  fixture f;
  f.find("a.test");
  f.find("A.test.");
  CHECK(f.from.asked.size() == 1);
  f.from.answer_at(0);
  f.poll();
  CHECK(f.outcomes == std::vector<std::string>{"mx.test", "mx.test"});
}

TEST_CASE("no more look-ups run than the limit allows") {
  fixture f(limits(2, 5s));
  for (const auto* domain : {"a.test", "b.test", "c.test"}) f.find(domain);
  CHECK(f.from.asked.size() == 2);
  f.from.answer_at(1);
  REQUIRE(f.from.asked.size() == 3);
  CHECK(f.from.asked[2].first == "c.test");
  f.from.answer_at(0);
  f.from.answer_at(2);
  f.poll();
  CHECK(f.outcomes.size() == 3);
}

TEST_CASE("a look-up that takes too long fails, is remembered, and gives its place away") {
  fixture f(limits(1, 20ms));
  const query_metrics count_of;
  const auto timeouts = count_of.timeouts_of(query_kind::mx).read();
  f.find("slow.test");
  testing::run_until(f.on, [&] { return !f.outcomes.empty(); });
  CHECK(f.outcomes == std::vector<std::string>{"MX look-up of slow.test timed out after 20ms"});
  CHECK(count_of.timeouts_of(query_kind::mx).read() == timeouts + 1);
  f.find("slow.test");
  CHECK(f.outcomes.size() == 2);
  f.find("next.test");
  CHECK(f.from.asked.size() == 2);

  f.from.answer_at(0);  // late, but welcome
  f.find("slow.test");
  CHECK(f.outcomes.back() == "mx.test");
  f.from.answer_at(1);
}

TEST_CASE("a cancelled caller leaves the look-up to the others") {
  fixture f;
  asio::cancellation_signal cancel;
  f.find("a.test", cancel.slot());
  f.find("a.test");
  cancel.emit(asio::cancellation_type::terminal);
  f.poll();
  CHECK(f.outcomes == std::vector<std::string>{"thrown"});
  f.from.answer_at(0);
  f.poll();
  CHECK(f.outcomes.back() == "mx.test");
}
