// A module's HTTP routes through the real router and service.
#include "abi/house.hpp"
#include "base/json.hpp"

using namespace godwit;

namespace {

struct served : test::house {
  served() { load_probe(); }

  http::response ask(std::string method, std::string target, std::string body = {}, const char* peer = "127.0.0.1:4711") {
    http::service service(routes, nullptr, nullptr);
    http::listener_options options;
    http::raw_request raw{std::move(method), std::move(target), {{"User-Agent", "test"}}, std::move(body),
                          *ip_endpoint::parse(peer), *ip_endpoint::parse("127.0.0.1:8000")};
    http::response out;
    await([&]() -> rt::task<> { out = co_await service.respond(std::move(raw), options); });
    return out;
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
  await([&]() -> rt::task<> {
    auto ok = co_await modules.unload("probe", std::chrono::seconds(1));
    CHECK(ok.ok());
  });
  CHECK(ask("GET", "/probe/greeting").status == 404);
  load_probe();
  CHECK(ask("GET", "/probe/greeting").status == 200);
}
