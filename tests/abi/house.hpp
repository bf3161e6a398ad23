#pragma once
// A small daemon for tests of modules: one loop, hooks, scripts, records, names from a table.

#include <doctest/doctest.h>

#include <asio/co_spawn.hpp>
#include <asio/use_future.hpp>
#include <future>
#include <map>

#include "control/arguments.hpp"
#include "control/output.hpp"
#include "control/registry.hpp"
#include "control/rendering.hpp"
#include "dns/resolver.hpp"
#include "hook/table.hpp"
#include "http/service.hpp"
#include "lua/engine.hpp"
#include "lua/registry.hpp"
#include "module/module_host.hpp"
#include "module/record_dispatcher.hpp"
#include "rt/blocking_pool.hpp"
#include "rt/loop.hpp"

namespace godwit::test {

inline std::string fixture(const std::string& name) { return std::string(ABI_FIXTURES) + "/" + name + ".so"; }

/// Answers TXT from a table after a turn of the loop; nothing else.
struct table_resolver final : dns::resolver {
  std::map<std::string, std::vector<std::string>> txt;

  rt::task<result<std::vector<std::string>>> lookup_txt(std::string name) override {
    co_await rt::sleep_for(std::chrono::milliseconds(1));
    const auto at = txt.find(name);
    if (at == txt.end()) co_return fail("{} does not exist", name);
    co_return at->second;
  }
  rt::task<result<dns::mx_ref>> lookup_mx(std::string) override { co_return fail("not here"); }
  rt::task<result<std::vector<ip_address>>> lookup_addresses(std::string, dns::ip_strategy) override {
    co_return fail("not here");
  }
  rt::task<result<std::vector<std::string>>> lookup_ptr(ip_address) override { co_return fail("not here"); }
  rt::task<result<dns::answer>> query(std::string, unsigned) override { co_return fail("not here"); }
};

struct house {
  hook::table hooks;
  lua::registry scripts;
  module::record_dispatcher records;
  control::registry commands;
  rt::loop_group loops{1};
  rt::blocking_pool pool{"test", 1};
  table_resolver resolver;
  http::router routes;
  lua::type_tag message_tag{"Message"};
  mail::message_ref message = make_message();
  bool can_load = true;
  module::host modules{
      module::services{.hooks = hooks,
                       .scripts = scripts,
                       .records = records,
                       .loops = loops,
                       .pool = pool,
                       .resolver = &resolver,
                       .routes = &routes,
                       .commands = &commands,
                       .load_data = [this](mail::message_ref m) { return load_data(std::move(m)); },
                       .hostname = "mail.example.com",
                       .node_id = "node",
                       .version = "1.2.3"}};

  house() {
    declare_message();
    loops.start();
  }
  ~house() {
    await([&]() -> rt::task<> { co_await modules.stop(std::chrono::seconds(2)); });
    loops.stop();
    loops.join();
  }

  static mail::message_ref make_message() {
    auto m = std::make_shared<mail::message>(
        uuid::make_v1(), *mail::address::parse("sender@example.com"),
        std::vector<mail::address>{*mail::address::parse("user@example.org")});
    m->set_data("Subject: first\r\n  fold\r\nTo: user@example.org\r\n\r\nbody\r\n");
    return m;
  }

  rt::task<bool> load_data(mail::message_ref m) {
    co_await rt::sleep_for(std::chrono::milliseconds(1));
    if (can_load) m->set_data("Subject: loaded\r\n\r\n");
    co_return can_load;
  }

  /// What lua_api declares in the daemon: scripts here get the one message from core_test.message().
  void declare_message() {
    lua::module m("core_test", "For tests.");
    m.add_type(message_tag, "A message.");
    m.add_function("message", {}, "The message.", [this](lua::context&, std::vector<lua::any>) {
      return std::vector<lua::any>{lua::object_ref{&message_tag, message}};
    });
    REQUIRE(scripts.add("core", std::move(m)).ok());
  }

  /// Runs on the loop; exceptions come back.
  void await(std::function<rt::task<>()> body) {
    asio::co_spawn(loops.at(0).io(), std::move(body), asio::use_future).get();
  }

  struct outcome {
    hook::verdict verdict;
    std::string failed;
  };
  outcome fire(std::string_view event, hook::arguments args) {
    outcome o;
    await([&]() -> rt::task<> {
      try {
        o.verdict = co_await hooks.get(event).run(args);
      } catch (const hook::handler_failed& f) {
        o.failed = f.what();
      }
    });
    return o;
  }

  /// Runs a script to its end; its error, empty when there is none.
  std::string script(std::string text) {
    lua::engine_options o;
    o.policy_file = "test.lua";
    o.policy_text = std::move(text);
    lua::engine engine(scripts, std::move(o));
    std::string why;
    await([&]() -> rt::task<> {
      auto ok = co_await engine.load();
      if (!ok) why = ok.why().text;
    });
    return why;
  }

  http::response ask(std::string method, std::string target, std::string body = {}, const char* peer = "127.0.0.1:4711") {
    http::service service(routes, nullptr, nullptr);
    http::listener_options options;
    http::raw_request raw{std::move(method), std::move(target), {{"User-Agent", "test"}}, std::move(body),
                          *ip_endpoint::parse(peer), *ip_endpoint::parse("127.0.0.1:8000")};
    http::response out;
    await([&]() -> rt::task<> { out = co_await service.respond(std::move(raw), options); });
    return out;
  }

  /// What a console command prints, or "error: …".
  std::string command(std::string_view line) {
    const auto found = commands.find(line);
    if (!found) return "error: " + found.why().text;
    const auto args = control::read_arguments(*found->command, found->rest);
    if (!args) return "error: " + args.why().text;
    control::output out([](control::parts) -> rt::task<> { co_return; });
    const control::caller by{"alice", 1000, 1, control::role::admin};
    std::string why;
    await([&]() -> rt::task<> {
      const control::invocation call{*args, out, by};
      auto ran = co_await found->command->handler(call);
      if (!ran) why = "error: " + ran.why().text;
    });
    return why.empty() ? control::text_renderer(found->command->shape).render(out.take()) : why;
  }

  void load_probe(object settings = {}) {
    const auto ok = modules.load("probe", fixture("probe"), settings);
    REQUIRE_MESSAGE(ok.ok(), ok.why().text);
  }
  result<void> unload(std::chrono::nanoseconds limit = std::chrono::seconds(1)) {
    result<void> done;
    await([&]() -> rt::task<> { done = co_await modules.unload("probe", limit); });
    return done;
  }
};

}  // namespace godwit::test
