// Requests for routes that are being replaced.
#include "http/service.hpp"

#include <doctest/doctest.h>

#include <asio/co_spawn.hpp>

#include "rt/loop.hpp"

using namespace godwit;
using namespace godwit::http;

namespace {

handler saying(std::string text) {
  return [text](request_ref) -> rt::task<response> { co_return response::text(200, text); };
}

/// Does it, and withdraws the route from the request.
handler withdrawn_by(std::function<void()> what) {
  return [what](request_ref) -> rt::task<response> {
    what();
    throw route_withdrawn();
    co_return response{};
  };
}

struct serving {
  router routes;

  static route make(http::handler h, bool for_anybody = true) {
    route r;
    r.method = "GET";
    r.path = "/thing";
    r.owner = "probe";
    if (for_anybody) r.access.push_back({criterion{}, "GET", true});
    r.handler = std::move(h);
    return r;
  }

  void replace(route r) { REQUIRE(routes.replace_owner("probe", {std::move(r)}).ok()); }

  response ask(std::chrono::nanoseconds patience) {
    rt::loop loop(0);
    service s(routes, nullptr, nullptr, patience);
    response out;
    const auto body = [&]() -> rt::task<> {
      const listener_options options;
      raw_request raw{"GET", "/thing", {}, {}, *ip_endpoint::parse("192.0.2.1:1"), *ip_endpoint::parse("127.0.0.1:8000")};
      out = co_await s.respond(std::move(raw), options);
      loop.stop();
    };
    asio::co_spawn(loop.io(), body, [](std::exception_ptr failed) { CHECK(!failed); });
    loop.run();
    return out;
  }
};

}  // namespace

TEST_CASE_FIXTURE(serving, "a request goes to what takes the place of a route that is withdrawn") {
  REQUIRE(routes.add(make(withdrawn_by([this] { replace(make(saying("new"))); }))).ok());
  const auto r = ask(std::chrono::seconds(20));
  CHECK(r.status == 200);
  CHECK(r.body == "new");
}

TEST_CASE_FIXTURE(serving, "who may use the new route is asked anew") {
  REQUIRE(routes.add(make(withdrawn_by([this] { replace(make(saying("new"), false)); }))).ok());
  CHECK(ask(std::chrono::seconds(20)).status == 401);
}

TEST_CASE_FIXTURE(serving, "a route that has no successor is not found") {
  REQUIRE(routes.add(make(withdrawn_by([this] { routes.remove_owner("probe"); }))).ok());
  CHECK(ask(std::chrono::seconds(20)).status == 404);
}

TEST_CASE_FIXTURE(serving, "one that is being replaced for too long is told to come again") {
  REQUIRE(routes.add(make(withdrawn_by([] {}))).ok());
  const auto r = ask(std::chrono::milliseconds(20));
  CHECK(r.status == 503);
  CHECK(r.body == "Error: probe is being replaced, try again later");
  REQUIRE(find_header(r.headers, "Retry-After"));
  CHECK(*find_header(r.headers, "Retry-After") == "1");
}
