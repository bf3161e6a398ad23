#pragma once
// A policy text in a daemon of one loop: hook table, resolver with fixed answers, start-up sink that writes
// down what it was given.

#include <doctest/doctest.h>

#include <functional>
#include <string>

#include "dns/resolver.hpp"
#include "hook/table.hpp"
#include "lua_api/policy.hpp"
#include "rt/gate.hpp"
#include "rt/loop.hpp"

namespace godwit::test {

struct fixed_resolver final : dns::resolver {
  rt::task<result<dns::mx_ref>> lookup_mx(std::string domain) override {
    if (domain != "example.com") co_return fail("{} does not exist", domain);
    auto mx = std::make_shared<dns::mail_exchanger>();
    mx->domain_name = "example.com.";
    mx->by_pref[10] = {"a.example.com", "b.example.com"};
    mx->hosts = {"a.example.com", "b.example.com"};
    mx->site_name = "(a|b).example.com";
    co_return dns::mx_ref(mx);
  }
  rt::task<result<std::vector<ip_address>>> lookup_addresses(std::string, dns::ip_strategy) override {
    co_return std::vector{*ip_address::parse("192.0.2.1")};
  }
  rt::task<result<std::vector<std::string>>> lookup_txt(std::string) override {
    co_return std::vector<std::string>{"v=spf1 -all"};
  }
  rt::task<result<std::vector<std::string>>> lookup_ptr(ip_address) override {
    co_return std::vector<std::string>{};
  }
  rt::task<result<dns::answer>> query(std::string, unsigned) override { co_return dns::answer{}; }
};

struct written_startup final : lua_api::startup_sink {
  std::vector<spool::store_options> spools;
  std::vector<smtp::listener_options> listeners;
  std::vector<http::listener_options> http_listeners;
  std::vector<dns::resolver_options> resolvers;
  object settings;

  result<void> add_spool(spool::store_options o) override {
    spools.push_back(std::move(o));
    return {};
  }
  result<void> add_listener(smtp::listener_options o) override {
    listeners.push_back(std::move(o));
    return {};
  }
  result<void> add_http_listener(http::listener_options o) override {
    http_listeners.push_back(std::move(o));
    return {};
  }
  result<void> configure_resolver(dns::resolver_options o) override {
    resolvers.push_back(std::move(o));
    return {};
  }
  result<void> configure(std::string_view name, value v) override {
    settings.set(name, std::move(v));
    return {};
  }
};

struct policy_fixture {
  rt::loop loop{0};
  hook::table hooks;
  lua::registry scripts;
  fixed_resolver names;
  written_startup startup;
  std::unique_ptr<lua_api::policy> policy;

  void use(std::string text, std::shared_ptr<queue::policy> fallback = nullptr, bool validating = false) {
    policy.reset();
    lua::engine_options e;
    e.policy_file = "init.lua";
    e.policy_text = "kumo = require 'kumo'\n" + text;
    e.is_validating = validating;
    policy = std::make_unique<lua_api::policy>(
        lua_api::policy_parts{hooks, scripts, names, "1.2.3", std::move(e), std::move(fallback)});
  }

  void run(std::function<rt::task<>()> body) {
    rt::gate gate(loop, "test");
    gate.spawn("test", [&]() -> rt::task<> {
      struct stopper {
        rt::loop& l;
        ~stopper() { l.stop(); }
      } stop{loop};
      co_await body();
    });
    loop.io().restart();
    loop.run();
    loop.io().restart();
    loop.io().poll();
  }

  /// The result of a coroutine.
  template <class F>
  auto get(F body) {
    using R = typename std::invoke_result_t<F>::value_type;
    std::optional<R> out;
    run([&]() -> rt::task<> { out.emplace(co_await body()); });
    REQUIRE(out.has_value());
    return std::move(*out);
  }

  std::string load() {
    auto ok = get([this]() { return policy->load(); });
    return ok ? "" : ok.why().text;
  }
  std::string start_up() {
    auto ok = get([this]() { return policy->start_up(startup); });
    return ok ? "" : ok.why().text;
  }
  /// Loads `text`, which must be right.
  void must_load(std::string text) {
    use(std::move(text));
    REQUIRE(load() == "");
  }

  hook::verdict fire(const std::string& event, hook::arguments args = {}) {
    return get([&]() { return hooks.get(event).run(args); });
  }
  /// What an expression gives as data.
  value eval(const std::string& body) {
    must_load("kumo.on('eval', function() " + body + " end)");
    return fire("eval").returned.value_or(value{});
  }
  /// The text of the error that `body` raises.
  std::string failure(const std::string& body) {
    const value v =
        eval("local ok, why = pcall(function() " + body + " end) return ok and 'no error' or tostring(why)");
    REQUIRE(v.is_string());
    return *v.as_string();
  }

  static mail::message_ref make_message(std::string data = "Subject: hi\r\n\r\nbody\r\n") {
    std::vector<mail::address> to{*mail::address::parse("user@example.com")};
    auto m = std::make_shared<mail::message>(uuid::make_v1(), *mail::address::parse("from@example.org"),
                                             std::move(to));
    m->content.base = mail::make_body(std::move(data));
    return m;
  }
};

}  // namespace godwit::test
