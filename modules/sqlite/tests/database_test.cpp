// The module's functions as scripts call them, on the fake host.
#include "database.hpp"

#include <doctest/doctest.h>

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

}  // namespace

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
