// The module's functions as scripts call them, on the fake host.
#include "database.hpp"

#include <doctest/doctest.h>

#include <thread>

#include <godwit/testing/fake_host.hpp>

extern "C" const godwit_module_descriptor* godwit_module(void);

using namespace godwit::sdk;
using testing::fake_answer;
using testing::fake_argument;

namespace {

struct loaded_module {
  testing::fake_host host;
  void* state = nullptr;

  loaded_module() {
    const auto* d = godwit_module();
    auto settings = option_settings(*d);
    REQUIRE(d->configure(&testing::slots::table(), godwit::sdk::self(), settings.raw(), &state) == GODWIT_OK);
    REQUIRE(d->init(state) == GODWIT_OK);
  }
  ~loaded_module() { godwit_module()->destroy(state); }

  value option_settings(const godwit_module_descriptor& d) {
    value out;
    const value in = value::object();
    REQUIRE(godwit::sdk::host().options_parse(godwit::sdk::self(), d.settings, in.raw(), out.raw()) ==
            GODWIT_OK);
    return out;
  }
  std::shared_ptr<void> open(std::string_view path) {
    const auto a = host.run_function("sqlite.open", {fake_argument::of_text(path)});
    REQUIRE(a.what == fake_answer::kind::object);
    return a.object;
  }
  fake_answer execute(const std::shared_ptr<void>& db, std::vector<fake_argument> rest) {
    rest.insert(rest.begin(), fake_argument::of_object(db.get()));
    return host.run_function("SqliteDatabase:execute", std::move(rest));
  }
};

/// The fake host with jobs on threads, as in the server.
struct threaded_host : testing::fake_host {
  static inline std::atomic<int> jobs{0};

  threaded_host() {
    static godwit_host table = testing::slots::table();
    table.job_submit = [](godwit_instance*, godwit_callback work, godwit_callback done, void* context) {
      ++jobs;
      std::thread([=] {
        work(context);
        done(context);
        --jobs;
      }).detach();
      return godwit_status{GODWIT_OK};
    };
    godwit::sdk::detail::bound.table = &table;
  }
  static void wait_for_jobs() {
    while (jobs > 0) std::this_thread::yield();
  }
};

/// What came of it is there once the jobs are done.
std::shared_ptr<fake_answer> ask(sqlite::database& db, const char* sql) {
  auto* open_call = new godwit_call();
  open_call->is_deferred = true;
  auto answer = open_call->answer;
  db.submit({deferred_call(open_call), sql, value::array()});
  return answer;
}

}  // namespace

TEST_CASE_FIXTURE(threaded_host, "scripts on many threads share one database") {
  constexpr int scripts = 8, statements = 50;
  auto counted = std::make_shared<sqlite::metrics>();
  auto db = std::make_shared<sqlite::database>(
      std::make_unique<sqlite::connection>(":memory:", sqlite::connection_options{}), counted);
  ask(*db, "CREATE TABLE t (n)");
  std::vector<std::thread> threads;
  for (int i = 0; i < scripts; ++i)
    threads.emplace_back([&] {
      for (int n = 0; n < statements; ++n) ask(*db, "INSERT INTO t VALUES (1)");
    });
  for (auto& t : threads) t.join();
  const auto count = ask(*db, "SELECT count(*) FROM t");
  wait_for_jobs();
  REQUIRE(count->what == fake_answer::kind::value);
  CHECK(count->content.items.at(0)->integer == scripts * statements);
  CHECK(gauges["godwit_sqlite_waiting_statements"].n == 0);
  sqlite::handle(std::move(db));
  wait_for_jobs();
  CHECK(gauges["godwit_sqlite_open_databases"].n == 0);
}

TEST_CASE_FIXTURE(loaded_module, "a script opens, asks, and closes") {
  auto db = open(":memory:");
  CHECK(host.gauges["godwit_sqlite_open_databases"].n == 1);
  const auto sum = execute(db, {fake_argument::of_text("SELECT ? || ?"), fake_argument::of_text("a"),
                                fake_argument::of_text("b")});
  REQUIRE(sum.what == fake_answer::kind::value);
  CHECK(sum.content.items.at(0)->text == "ab");
  CHECK(host.run_function("SqliteDatabase:close", {fake_argument::of_object(db.get())}).what ==
        fake_answer::kind::value);
  CHECK(host.gauges["godwit_sqlite_open_databases"].n == 0);
  const auto late = execute(db, {fake_argument::of_text("SELECT 1")});
  CHECK(late.what == fake_answer::kind::failed);
  CHECK(late.text == "connection was closed");
}

TEST_CASE_FIXTURE(loaded_module, "what fails is counted and raised") {
  auto db = open(":memory:");
  CHECK(execute(db, {fake_argument::of_text("nonsense")}).text.find("syntax error") != std::string::npos);
  CHECK(host.counters["godwit_sqlite_statements_total{error}"].n == 1);
  CHECK(execute(db, {fake_argument::of_text("")}).text == "the statement is empty");
  CHECK(host.run_function("sqlite.open", {fake_argument::of_text("/nonexistent/x")}).what ==
        fake_answer::kind::failed);
}

TEST_CASE_FIXTURE(loaded_module, "letting go of a database closes it") {
  open(":memory:");
  CHECK(host.gauges["godwit_sqlite_open_databases"].n == 0);
}
