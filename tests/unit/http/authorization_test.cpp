#include "http/authorization.hpp"

#include <doctest/doctest.h>

#include "base/json.hpp"
#include "rt/gate.hpp"
#include "rt/loop.hpp"

using namespace godwit;
using namespace godwit::http;

namespace {

struct scripted_acls final : acl_source {
  std::map<std::string, acl> lists;
  std::vector<std::string> asked;
  bool has_built_in = true;
  std::uint64_t era = 1;

  bool is_present() const override { return true; }
  rt::task<std::optional<acl>> find(const std::string& resource) override {
    asked.push_back(resource);
    const auto at = lists.find(resource);
    co_return at == lists.end() ? std::nullopt : std::optional(at->second);
  }
  bool falls_back() const override { return has_built_in; }
  std::chrono::nanoseconds ttl() const override { return std::chrono::minutes(5); }
  std::uint64_t epoch() const override { return era; }
};

struct checked {
  std::shared_ptr<scripted_acls> source = std::make_shared<scripted_acls>();
  authorization gate{source};
  rt::loop loop{0};

  static request make(std::string method, std::string path, bool trusted, const char* user = nullptr) {
    request r;
    r.method = std::move(method);
    r.path = std::move(path);
    r.peer = *ip_endpoint::parse("192.0.2.7:4711");
    r.local = *ip_endpoint::parse("192.0.2.1:8000");
    if (trusted) r.auth.groups.emplace_back(trusted_group);
    if (user) r.auth.identities.push_back({user, "HttpBasicAuth"});
    return r;
  }

  authorization::decision ask(const request& r, acl own = {}) {
    authorization::decision out;
    rt::gate running(loop, "test");
    running.spawn("check", [&]() -> rt::task<> {
      out = co_await gate.check(r, own);
      loop.stop();
    });
    loop.io().restart();
    loop.run();
    loop.io().restart();
    loop.io().poll();
    return out;
  }
  bool may(std::string method, std::string path, bool trusted, const char* user = nullptr) {
    return ask(make(std::move(method), std::move(path), trusted, user)).allowed;
  }
};

acl list(const char* json_text) {
  auto parsed = parse_acl(*json::parse(json_text));
  REQUIRE_MESSAGE(parsed.ok(), (parsed.ok() ? std::string() : parsed.why().text));
  return *parsed;
}

std::string problem(const char* json_text) { return parse_acl(*json::parse(json_text)).why().text; }

}  // namespace

TEST_CASE("resource names from the most specific to the general one") {
  CHECK(resource_names("10.0.0.1:80", "/a/b") ==
        std::vector<std::string>{"http_listener/10.0.0.1:80/a/b", "http_listener/10.0.0.1:80/a",
                                 "http_listener/10.0.0.1:80", "http_listener/*/a/b", "http_listener/*/a",
                                 "http_listener"});
  CHECK(resource_names("L", "/").size() == 2);
}

TEST_CASE("long and deep paths are cut") {
  CHECK(resource_names("L", "/1/2/3/4/5/6/7/8/9/10/11/12").front() == "http_listener/L/1/2/3/4/5/6/7/8/9/10");
  CHECK(resource_names("L", "/" + std::string(1000, 'x')).front().size() == std::string("http_listener/L").size() + 256);
}

TEST_CASE_FIXTURE(checked, "the built-in map") {
  CHECK(may("GET", "/api/check-liveness/v1", false));
  CHECK_FALSE(may("POST", "/api/check-liveness/v1", false));
  CHECK(may("GET", "/metrics", true));
  CHECK(may("HEAD", "/metrics", true));
  CHECK_FALSE(may("GET", "/metrics", false, "alice"));
  CHECK(may("POST", "/api/inject/v1", false, "alice"));
  CHECK_FALSE(may("POST", "/api/inject/v1", false));
  CHECK(may("DELETE", "/api/admin/bounce/v1", true));
  CHECK_FALSE(may("PATCH", "/api/admin/bounce/v1", true));
  CHECK_FALSE(may("GET", "/api/module", true));
}

TEST_CASE_FIXTURE(checked, "texts of denials") {
  CHECK(ask(make("GET", "/metrics", false)).text ==
        "192.0.2.7 not permitted GET on http_listener/192.0.2.1:8000/metrics");
  source->lists["http_listener/*/metrics"] =
      list(R"([{"criteria":{"Identity":"Any"},"privilege":"GET","access":"Deny"}])");
  source->era = 2;
  CHECK(ask(make("GET", "/metrics", true, "alice")).text == "alice at 192.0.2.7 denied GET on http_listener/*/metrics");
}

TEST_CASE_FIXTURE(checked, "the policy's list replaces the built-in one, for its resource only") {
  source->lists["http_listener/*/metrics"] =
      list(R"([{"criteria":{"Identity":{"Individual":"alice"}},"privilege":"GET","access":"Allow"}])");
  CHECK(may("GET", "/metrics", false, "alice"));
  CHECK_FALSE(may("GET", "/metrics", true));
  CHECK(may("GET", "/metrics.json", true));
  source->has_built_in = false;
  CHECK_FALSE(may("GET", "/metrics.json", true));
}

TEST_CASE_FIXTURE(checked, "definitions are asked once per epoch") {
  may("GET", "/metrics", false);
  const auto first = source->asked.size();
  CHECK(first == 4);
  may("GET", "/metrics", false);
  CHECK(source->asked.size() == first);
  source->era = 2;
  may("GET", "/metrics", false);
  CHECK(source->asked.size() == 2 * first);
}

TEST_CASE_FIXTURE(checked, "a route brings a list of its own") {
  const acl own{{criterion::group(std::string(trusted_group)), "GET", true}};
  CHECK(ask(make("GET", "/probe", true), own).allowed);
  CHECK_FALSE(ask(make("GET", "/probe", false), own).allowed);
  source->has_built_in = false;
  CHECK_FALSE(ask(make("GET", "/probe", true), own).allowed);
}

TEST_CASE("criteria") {
  subject who{{{{"alice", "HttpBasicAuth"}}, {"ops"}}, *ip_address::parse("10.1.2.3")};
  const auto holds = [&](const char* criteria) {
    return list(fmt::format(R"([{{"criteria":{},"privilege":"GET","access":"Allow"}}])", criteria).c_str())
        .front()
        .criteria.matches(who);
  };
  CHECK(holds(R"({"Identity":"Authenticated"})"));
  CHECK_FALSE(holds(R"({"Identity":"Unauthenticated"})"));
  CHECK(holds(R"({"Identity":{"Group":"ops"}})"));
  CHECK(holds(R"({"Identity":{"Machine":"10.0.0.0/8"}})"));
  CHECK(holds(R"({"AllOf":[{"Identity":{"Group":"ops"}},{"Not":{"Identity":{"Individual":"bob"}}}]})"));
  CHECK_FALSE(holds(R"({"AllOf":[{"Identity":{"Group":"ops"}},{"Identity":{"Individual":"bob"}}]})"));
  CHECK(holds(R"({"AnyOf":[{"Identity":{"Group":"dev"}},{"Identity":"Any"}]})"));
}

TEST_CASE("lists that are wrong name the rule, and right ones survive the way through a value") {
  CHECK(problem(R"([{"criteria":{"Identity":"Any"},"privilege":"GET"}])") ==
        "rule 1: criteria, privilege and access are needed");
  CHECK(problem(R"([{"criteria":{"Identity":"Any"},"privilege":"GET","access":"Maybe"}])") ==
        R"(rule 1: access is "Allow" or "Deny")");
  CHECK(problem(R"([{"criteria":{"Identity":{"Machine":"x"}},"privilege":"GET","access":"Allow"}])").starts_with("rule 1: "));
  CHECK(problem("7").starts_with("an access control list is"));
  const char* text =
      R"([{"criteria":{"AnyOf":[{"Not":{"Identity":"Any"}},{"Identity":{"Machine":"10.0.0.0/8"}}]},"privilege":"GET","access":"Deny"}])";
  CHECK(json::write(to_value(list(text))) == text);
}
