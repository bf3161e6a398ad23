// A module replaced while the server works: by what its file and its settings are now.
#include <filesystem>

#include <asio/bind_cancellation_slot.hpp>

#include "abi/house.hpp"
#include "abi/scripted_work.hpp"
#include "queue/provided_agent.hpp"

using namespace godwit;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

struct reloading : test::house {
  fs::path directory = fs::temp_directory_path() / ("abi_" + uuid::make_v4().simple());
  std::string file = (directory / "probe.so").string();
  lua::any kept;
  std::string greeting = "hello";
  std::chrono::nanoseconds drain_limit = 2s;
  std::future<result<void>> begun;

  reloading() {
    fs::create_directory(directory);
    put("probe");
    declare_keeper();
    load_now({});
  }
  ~reloading() { fs::remove_all(directory); }

  /// As an installation does it: a new file under the old name.
  void put(const std::string& name) {
    fs::copy_file(test::fixture(name), directory / "new");
    fs::rename(directory / "new", file);
  }
  void load_now(const object& settings) {
    await([&]() -> rt::task<> {
      const auto ok = modules.load_online("probe", file, settings);
      CHECK_MESSAGE(ok.ok(), ok.why().text);
      co_return;
    });
  }
  std::future<result<void>> reload(object settings = {}, std::chrono::nanoseconds limit = 2s) {
    const auto again = [this, settings, limit]() -> rt::task<result<void>> {
      const auto done = co_await modules.reload("probe", file, settings, limit);
      co_return done.how;
    };
    return asio::co_spawn(loops.at(0).io(), again, asio::use_future);
  }
  /// A delivery session with one message, through the agent that a ready queue would have.
  std::shared_ptr<test::scripted_work> deliver_one() {
    const auto plan = std::make_shared<const value>(object{{"mode", "each"}});
    const std::vector<mail::message_ref> messages{message};
    const auto work = std::make_shared<test::scripted_work>(queue::site{"example.org", "probe_mail:each", plan}, messages);
    await([&]() -> rt::task<> {
      queue::provided_agent agent("probe_mail");
      co_await agent.run_session(work);
    });
    return work;
  }
  rt::task<std::vector<lua::any>> reload_longer() {
    greeting += "!";
    object settings{{"greeting", greeting}};
    const auto done = co_await modules.reload("probe", file, settings, drain_limit);
    if (!done.how) throw std::runtime_error(done.how.why().text);
    co_return std::vector<lua::any>{};
  }
  /// The former instance drains when this is over.
  rt::task<std::vector<lua::any>> begin_reload() {
    begun = reload(object{{"greeting", "new"}}, drain_limit);
    while (!modules.list().empty()) co_await rt::sleep_for(1ms);
    co_return std::vector<lua::any>{};
  }
  std::string version() const { return modules.list().at(0).version; }

  /// Scripts keep objects here, longer than any VM lives.
  void declare_keeper() {
    lua::module m("keeper", "For tests.");
    lua::signature one;
    one.parameters.push_back({"object", {}});
    m.add_function("keep", one, "Keeps.", [this](lua::context&, std::vector<lua::any> args) {
      kept = args.at(0);
      return std::vector<lua::any>{};
    });
    m.add_function("kept", {}, "Gives.", [this](lua::context&, std::vector<lua::any>) { return std::vector<lua::any>{kept}; });
    lua::signature waiting;
    waiting.suspends = true;
    m.add_function("reload", waiting, "Reloads probe with a greeting that is longer by one.",
                   [this](lua::context&, std::vector<lua::any>) -> lua::maybe<std::vector<lua::any>> { return reload_longer(); });
    m.add_function("begin_reload", waiting, "Begins to reload probe.",
                   [this](lua::context&, std::vector<lua::any>) -> lua::maybe<std::vector<lua::any>> { return begin_reload(); });
    REQUIRE(scripts.add("core", std::move(m)).ok());
  }
};

std::uint64_t records() { return metrics::get_counter("godwit_probe_records_total", "Log records.")->read(); }

}  // namespace

TEST_CASE_FIXTURE(reloading, "a module that comes late is started before it is seen") {
  CHECK(modules.list().at(0).phase == "started");
  CHECK(fire("probe_reject", {value("x")}).verdict.code == 550);
}

TEST_CASE_FIXTURE(reloading, "the file as it is now, with the settings as they are now") {
  CHECK(*fire("probe_greeting", {}).verdict.returned == value("hello"));
  put("probe_changed");
  const auto ok = reload(object{{"greeting", "good day"}}).get();
  REQUIRE_MESSAGE(ok.ok(), ok.why().text);
  CHECK(version() == "2.2");
  CHECK(*fire("probe_greeting", {}).verdict.returned == value("good day"));
}

TEST_CASE_FIXTURE(reloading, "what is refused changes nothing") {
  CHECK(reload(object{{"greting", "x"}}).get().why().text.find("did you mean \"greeting\"") != std::string::npos);
  put("too_new");
  CHECK(reload().get().why().text.find("update the server") != std::string::npos);
  CHECK(version() == "2.1");
  CHECK(fire("probe_reject", {value("x")}).verdict.code == 550);
}

TEST_CASE_FIXTURE(reloading, "calls that come meanwhile wait for the new instance, records are kept for it") {
  fire("probe_stubborn", {});  // holds the old one up for 200 ms
  auto done = reload(object{{"greeting", "new"}});
  mail::log_record r;
  r.type = mail::record_type::delivery;
  r.recipients = {"user@example.org"};
  await([&]() -> rt::task<> {
    this->records.submit(r, message);
    co_return;
  });
  CHECK(*fire("probe_greeting", {}).verdict.returned == value("new"));
  CHECK(done.get().ok());
  CHECK(::records() == 1);
}

TEST_CASE_FIXTURE(reloading, "a request that comes meanwhile waits for the new instance") {
  fire("probe_stubborn", {});
  auto done = reload(object{{"greeting", "new"}});
  CHECK(ask("GET", "/probe/greeting").body == "\"new\"");
  CHECK(done.get().ok());
}

TEST_CASE_FIXTURE(reloading, "a script that calls meanwhile waits for the new instance") {
  fire("probe_stubborn", {});
  auto done = reload(object{{"greeting", "new"}});
  CHECK(script("local probe = require 'probe' assert(probe.greeting() == 'new') assert(probe.sequence{ first = 7 }:take() == 7)") == "");
  CHECK(done.get().ok());
}

TEST_CASE_FIXTURE(reloading, "a script that calls meanwhile where Lua cannot wait hears so") {
  fire("probe_stubborn", {});
  auto done = reload();
  const auto why = script("string.gsub('a', 'a', function() return require 'probe'.greeting() end)");
  CHECK_MESSAGE(why.find("probe.greeting waits and cannot be called here: not inside require") != std::string::npos, why);
  CHECK(done.get().ok());
}

TEST_CASE_FIXTURE(reloading, "a script that goes on with functions of former instances gets to the one there is") {
  CHECK(script("require 'keeper'.keep(require 'probe'.sequence{ first = 7 })") == "");
  auto text = std::string("local greeting = require 'probe'.greeting local before = greeting() require 'keeper'.reload() ");
  text += "require 'keeper'.reload() assert(greeting() == before .. '!!')";
  CHECK(script(text) == "");
}

TEST_CASE_FIXTURE(reloading, "a script goes on with its objects in the instance that made them, which waits for its end") {
  std::string text = "local probe, keeper = require 'probe', require 'keeper' local s = probe.sequence{ first = 7 } keeper.begin_reload() ";
  text += "assert(s:take() == 7) assert(probe.sequence{ first = 9 }:take() == 9) assert(probe.greeting() == 'hello') assert(s:take() == 8)";
  const auto why = script(text);
  CHECK_MESSAGE(why == "", why);
  const auto done = begun.get();
  CHECK_MESSAGE(done.ok(), done.why().text);
  CHECK(script("assert(require 'probe'.greeting() == 'new')") == "");
}

TEST_CASE_FIXTURE(reloading, "an object that a script was given goes on likewise") {
  CHECK(script("require 'keeper'.keep(require 'probe'.sequence{ first = 7 })") == "");
  std::string text = "local keeper = require 'keeper' local s = keeper.kept() assert(s:take() == 7) keeper.begin_reload() ";
  text += "assert(s:take() == 8)";
  const auto why = script(text);
  CHECK_MESSAGE(why == "", why);
  CHECK(begun.get().ok());
}

TEST_CASE_FIXTURE(reloading, "the objects of a script that outlasts the exchange are refused, new ones are of the new instance") {
  drain_limit = 20ms;
  std::string text = "local probe = require 'probe' local s = probe.sequence{ first = 7 } ";
  text += "local ok, why = pcall(require 'keeper'.reload) assert(not ok and tostring(why):find('the new instance serves', 1, true), why) ";
  text += "assert(probe.greeting() == 'hello!') assert(probe.sequence{ first = 9 }:take() == 9) s:take()";
  const auto why = script(text);
  CHECK_MESSAGE(why.find("was made before module probe was loaded anew") != std::string::npos, why);
  CHECK(reload().get().ok());
}

TEST_CASE_FIXTURE(reloading, "a delivery that comes meanwhile waits for the new instance") {
  fire("probe_stubborn", {});
  auto done = reload();
  const auto work = deliver_one();
  CHECK(done.get().ok());
  REQUIRE(work->settled.size() == 1);
  CHECK(work->settled[0].outcomes.at(0).type == mail::record_type::delivery);
  CHECK(work->all.empty());
}

TEST_CASE_FIXTURE(reloading, "what is open comes to its end, with the jobs it needs") {
  const auto call = [this]() -> rt::task<hook::verdict> {
    hook::arguments none;
    co_return co_await hooks.get("probe_two_jobs").run(none);
  };
  auto answer = asio::co_spawn(loops.at(0).io(), call, asio::use_future);
  auto done = reload();
  CHECK(*answer.get().returned == value("both done"));
  CHECK(done.get().ok());
}

TEST_CASE_FIXTURE(reloading, "calls that outlast the exchange are told of and end in the former instance") {
  std::promise<void> go;
  pool.post([&] { go.get_future().wait(); });  // the only thread: the call's job waits behind this
  const auto call = [this]() -> rt::task<hook::verdict> {
    hook::arguments none;
    co_return co_await hooks.get("probe_later").run(none);
  };
  auto answer = asio::co_spawn(loops.at(0).io(), call, asio::use_future);
  const auto why = reload(object{{"greeting", "new"}}, 20ms).get().why().text;
  CHECK_MESSAGE(why == "module 'probe' is exchanged, the new instance serves; calls and jobs that the former one still had open after 20ms, "
                       "which go on in it: 2", why);
  CHECK(*fire("probe_greeting", {}).verdict.returned == value("new"));
  go.set_value();
  CHECK(answer.get().code == 451);
}

TEST_CASE_FIXTURE(reloading, "a reload whose wait is broken off comes to its end, and others may follow") {
  std::promise<void> go;
  pool.post([&] { go.get_future().wait(); });
  const auto call = [this]() -> rt::task<hook::verdict> {
    hook::arguments none;
    co_return co_await hooks.get("probe_later").run(none);
  };
  auto answer = asio::co_spawn(loops.at(0).io(), call, asio::use_future);
  asio::cancellation_signal broken;
  const object settings{{"greeting", "new"}};
  const auto again = [this, &settings]() -> rt::task<result<void>> {
    const auto done = co_await modules.reload("probe", file, settings, 1h);
    co_return done.how;
  };
  auto done = asio::co_spawn(loops.at(0).io(), again, asio::bind_cancellation_slot(broken.slot(), asio::use_future));
  loops.at(0).post([&] { broken.emit(asio::cancellation_type::terminal); });
  CHECK(done.get().why().text.find("the new instance serves") != std::string::npos);
  CHECK(*fire("probe_greeting", {}).verdict.returned == value("new"));
  go.set_value();
  CHECK(answer.get().code == 451);
  CHECK(reload(object{{"greeting", "newer"}}).get().ok());
}

TEST_CASE_FIXTURE(reloading, "the former file and settings come back when the successor cannot be made or started") {
  REQUIRE(reload(object{{"greeting", "former"}}).get().ok());
  put("probe_changed");
  for (const auto* phase : {"configure", "start"}) {
    fire("probe_stubborn", {});
    auto done = reload(object{{fmt::format("fail_{}", phase), true}});
    const auto work = deliver_one();  // waits for what comes
    CHECK(work->settled.size() == 1);
    const auto why = done.get().why().text;
    CHECK_MESSAGE(why.find(fmt::format("{0} failed: told to fail in {0}; the module works with its former", phase)) != std::string::npos, why);
    CHECK(version() == "2.1");
    CHECK(modules.list().at(0).phase == "started");
    CHECK(*fire("probe_greeting", {}).verdict.returned == value("former"));
    CHECK(ask("GET", "/probe/greeting").body == "\"former\"");
    CHECK(script("assert(require 'probe'.greeting() == 'former')") == "");
    CHECK(house::records.size() == 1);
  }
  REQUIRE(reload(object{{"greeting", "new"}}).get().ok());
  CHECK(version() == "2.2");
}

TEST_CASE_FIXTURE(reloading, "nothing is left of a module that neither its new nor its former code can bring back") {
  REQUIRE(reload(object{{"starts_once", true}}).get().ok());
  CHECK(reload(object{{"fail_configure", true}}).get().why().text.find("told to fail in configure") != std::string::npos);
  CHECK(modules.list().empty());
  CHECK(!hooks.get("probe_greeting").has_handlers());
  CHECK(house::records.size() == 0);
  CHECK(ask("GET", "/probe/greeting").status == 404);
  const auto work = deliver_one();
  REQUIRE(work->all.size() == 1);
  CHECK(work->all[0].second.content.find("the module probe is not loaded") != std::string::npos);
}

TEST_CASE_FIXTURE(reloading, "calls that wait for an instance that does not start fail") {
  REQUIRE(reload(object{{"starts_once", true}}).get().ok());
  fire("probe_stubborn", {});
  auto done = reload(object{{"fail_start", true}});
  CHECK(fire("probe_greeting", {}).failed.find("could not be loaded anew") != std::string::npos);
  CHECK(done.get().why().text.find("start failed: told to fail in start; the former instance is gone") != std::string::npos);
  CHECK(modules.list().empty());
  CHECK(!hooks.get("probe_greeting").has_handlers());
}

TEST_CASE_FIXTURE(reloading, "an object of the former code is refused by the new, not misread") {
  CHECK(script("require 'keeper'.keep(require 'probe'.sequence{ first = 7 })") == "");
  REQUIRE(reload().get().ok());
  const auto why = script("require 'keeper'.kept():take()");
  CHECK_MESSAGE(why.find("was made before module probe was loaded anew") != std::string::npos, why);
  CHECK(script("assert(require 'probe'.sequence{ first = 7 }:take() == 7)") == "");
}

TEST_CASE_FIXTURE(reloading, "many times, without a trace") {
  const auto count = hooks.list().size();
  for (int i = 0; i < 20; ++i) {
    REQUIRE(reload().get().ok());
    CHECK(fire("probe_reject", {value("x")}).verdict.code == 550);
  }
  CHECK(hooks.list().size() == count);
  CHECK(house::records.size() == 1);
}
