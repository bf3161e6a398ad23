// A module's HTTP routes through the real router and service.
#include "abi/house.hpp"
#include "base/json.hpp"
#include "queue/protocol_registry.hpp"

using namespace godwit;

namespace {

struct served : test::house {
  served() { load_probe(); }
};

/// The core has a path that the probe wants.
struct occupied : test::house {
  occupied() {
    http::route taken{.method = "GET", .path = "/probe/greeting", .owner = "core", .summary = {}, .access = {}, .handler = {}};
    taken.handler = [](http::request_ref) -> rt::task<http::response> { co_return http::response::text(200, "the core's"); };
    REQUIRE(routes.add(taken).ok());
  }
  result<void> load_online(object settings) {
    result<void> done;
    await([&]() -> rt::task<> {
      done = modules.load_online("probe", test::fixture("probe"), settings);
      co_return;
    });
    return done;
  }
};

}  // namespace

TEST_CASE_FIXTURE(served, "what a handler returns is JSON, unless it is a reply") {
  const auto plain = ask("GET", "/probe/greeting");
  CHECK(plain.status == 200);
  CHECK(plain.content_type == "application/json");
  CHECK(plain.body == "\"hello\"");
  const auto own = ask("GET", "/probe/teapot");
  CHECK(own.status == 418);
  CHECK(own.content_type == "text/x-tea");
  CHECK(own.body == "short and stout");
}

TEST_CASE_FIXTURE(served, "a handler sees the request, and anybody may when the route says so") {
  const auto r = ask("POST", "/probe/echo/a%20b?x=1", "the body", "192.0.2.7:1");
  CHECK(r.status == 200);
  const auto v = json::parse(r.body);
  REQUIRE(v.ok());
  CHECK(*v->find("path") == value("/probe/echo/a b"));
  CHECK(*v->find("body") == value("the body"));
  CHECK(*v->find("x") == value("1"));
  CHECK(*v->find("agent") == value("test"));
  CHECK(*v->find("user") == value(""));
}

TEST_CASE_FIXTURE(served, "by default the peer must be trusted") {
  CHECK(ask("GET", "/probe/greeting", {}, "192.0.2.7:1").status == 401);
}

TEST_CASE_FIXTURE(served, "failures, late answers and overruns") {
  const auto failed = ask("GET", "/probe/throw");
  CHECK(failed.status == 500);
  CHECK(failed.body == "Error: the list is gone");
  CHECK(ask("GET", "/probe/later").status == 202);
  CHECK(ask("GET", "/probe/never").status == 504);
}

TEST_CASE_FIXTURE(served, "routes go with the module") {
  CHECK(unload().ok());
  CHECK(ask("GET", "/probe/greeting").status == 404);
  load_probe();
  CHECK(ask("GET", "/probe/greeting").status == 200);
}

TEST_CASE("a module with a route that exists is refused, and nothing is seen of it") {
  occupied house;
  const auto refused = house.modules.load("probe", test::fixture("probe"), {});
  CHECK(refused.why().text == "module 'probe': HTTP route GET /probe/greeting of probe exists already, from core");
  CHECK(house.ask("GET", "/probe/greeting").status == 401);  // the core's, which nobody may use
  CHECK(house.ask("GET", "/probe/teapot").status == 404);
  CHECK(house.script("require 'probe'") != "");
}

TEST_CASE_FIXTURE(occupied, "not even for a moment: functions and protocols are as hidden as the route") {
  std::atomic<bool> is_over{false}, is_seen{false};
  std::thread onlooker([&] {
    while (!is_over) {
      const auto protocol = queue::find_protocol("probe_mail");  // known since an earlier test, without an agent
      if (scripts.find_type("Sequence") != nullptr || (protocol && protocol->agent)) is_seen = true;
    }
  });
  for (int i = 0; i < 100; ++i) CHECK_FALSE(load_online({}).ok());
  is_over = true;
  onlooker.join();
  CHECK_FALSE(is_seen);
}

TEST_CASE_FIXTURE(occupied, "a module that is refused with a job under way is destroyed when that has ended") {
  const auto early_ends = metrics::get_counter("godwit_probe_early_ends_total", "");  // now: it leaves the registry with the module
  std::promise<void> go;
  pool.post([&] { go.get_future().wait(); });  // the only thread: the job waits behind this
  CHECK(load_online(object{{"works_in_start", true}}).why().text.find("exists already") != std::string::npos);
  go.set_value();
  await([&]() -> rt::task<> {
    const auto last = [] {};
    co_await pool.run(last);
  });
  CHECK(early_ends->read() == 0);
}
