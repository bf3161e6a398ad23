#include "connection.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>

#include <godwit/testing/fake_host.hpp>

#include "binding.hpp"
#include "statement_cache.hpp"

using namespace godwit::sdk;
using sqlite::connection;

namespace {

const sqlite::is_unwanted wanted = [] { return false; };

struct memory_database {
  testing::fake_host host;
  connection db{":memory:", {}};

  /// The answer as JSON; parameters given as JSON.
  std::string run(const std::string& sql, std::string_view parameters = "[]") {
    return db.execute(sql, value::parse_json(parameters).view(), wanted).view().json();
  }
  std::string failure_of(const std::string& sql, std::string_view parameters = "[]") {
    try {
      run(sql, parameters);
    } catch (const failure& f) {
      return f.what();
    }
    return "";
  }
};

/// A file that two connections share.
struct shared_file {
  testing::fake_host host;
  std::filesystem::path directory =
      std::filesystem::temp_directory_path() / ("godwit-sqlite-" + std::to_string(::getpid()));
  shared_file() { std::filesystem::create_directories(directory); }
  ~shared_file() { std::filesystem::remove_all(directory); }
  std::string path() const { return (directory / "test.db").string(); }
};

}  // namespace

TEST_CASE_FIXTURE(memory_database, "one column is an array of values, several are tables, none is a count") {
  CHECK(run("CREATE TABLE people (name, age)") == "0");
  CHECK(run("INSERT INTO people VALUES (?, ?), (?, ?)", R"(["john", 42, "fred", 32])") == "2");
  CHECK(run("SELECT age FROM people ORDER BY age") == "[32,42]");
  CHECK(run("SELECT * FROM people ORDER BY age") == R"([{"name":"fred","age":32},{"name":"john","age":42}])");
  CHECK(run("SELECT * FROM people WHERE age > 99") == "[]");
  CHECK(run("CREATE TABLE other (a)") == "0");
  CHECK(run("DELETE FROM people") == "2");
  CHECK(run("INSERT INTO people VALUES ('new', 1) RETURNING name") == R"(["new"])");
}

TEST_CASE_FIXTURE(memory_database, "parameters by position, by name, or as one array") {
  CHECK(run("SELECT ? + ?", "[1, 2]") == "[3]");
  CHECK(run("SELECT ? + ?", "[[1, 2]]") == "[3]");
  CHECK(run("SELECT :a + @b + $c", R"([{"a": 1, "b": 2, "c": 3}])") == "[6]");
  CHECK(run("SELECT ?", "[7]") == "[7]");
  CHECK(run("SELECT 1", "[{}]") == "[1]");
  CHECK(run("SELECT typeof(?)", "[null]") == R"(["null"])");
  CHECK(run("SELECT typeof(?)", "[true]") == R"(["integer"])");
}

TEST_CASE_FIXTURE(memory_database, "a wrong parameter is named") {
  CHECK(failure_of("SELECT ?", "[1, 2]") == "2 parameters are given, the statement has 1 (in `SELECT ?`)");
  CHECK(failure_of("SELECT :a", R"([{"b": 1}])") == "the statement has no parameter :b (in `SELECT :a`)");
  CHECK(failure_of("SELECT :a", R"([{"a": [1]}])").starts_with("parameter :a is a table"));
}

TEST_CASE_FIXTURE(memory_database, "all five types go both ways") {
  run("CREATE TABLE t (v)");
  const std::string blob("\0\xff\x80 bytes", 9);
  const std::string text = "Gr\xc3\xbc\xc3\x9f";
  auto all = value::array();
  all.push(std::int64_t{-9223372036854775807LL - 1});
  all.push(2.5);
  all.push(text);
  all.push(blob);
  all.push(nullptr);
  const auto n = db.execute("INSERT INTO t VALUES (?), (?), (?), (?), (?)", all.view(), wanted);
  CHECK(n.view().integer() == 5);
  CHECK(run("SELECT typeof(v) FROM t ORDER BY rowid") == R"(["integer","real","text","blob","null"])");
  const auto back = db.execute("SELECT v FROM t ORDER BY rowid", value::array().view(), wanted);
  const auto v = back.view();
  CHECK(v[std::size_t{0}].integer() == -9223372036854775807LL - 1);
  CHECK(v[1].kind() == GODWIT_NUMBER);
  CHECK(v[1].number() == 2.5);
  CHECK(v[2].text() == text);
  CHECK(v[3].text() == blob);
  CHECK(v[4].is_null());
}

TEST_CASE("text is what RFC 3629 allows") {
  for (const auto* good : {"", "plain", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xef\xbf\xbf"})
    CHECK(sqlite::is_utf8(good));
  for (const auto* bad :
       {"\xff", "\xc0\x80", "\xc3", "a\xe2\x82", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\x80"})
    CHECK_FALSE(sqlite::is_utf8(bad));
}

TEST_CASE_FIXTURE(memory_database, "errors carry SQLite's message and the statement") {
  run("CREATE TABLE t (a UNIQUE)");
  run("INSERT INTO t VALUES (1)");
  CHECK(failure_of("INSERT INTO t VALUES (1)") ==
        "UNIQUE constraint failed: t.a (in `INSERT INTO t VALUES (1)`)");
  CHECK(failure_of("SELEC 1") == "near \"SELEC\": syntax error (in `SELEC 1`)");
  CHECK(failure_of("SELECT * FROM nowhere").starts_with("no such table: nowhere"));
  CHECK(run("SELECT count(*) FROM t") == "[1]");
}

TEST_CASE_FIXTURE(memory_database, "the first statement is run, and the log names what is not") {
  CHECK(run("SELECT 1; SELECT 2") == "[1]");
  CHECK(host.has_logged("only the first statement is run of `SELECT 1; SELECT 2`"));
  host.log.clear();
  CHECK(run("SELECT 3; -- nothing more\n  ") == "[3]");
  CHECK(host.log.empty());
  CHECK(run("-- only a comment") == "0");
}

TEST_CASE_FIXTURE(memory_database, "a result has a largest size") {
  connection small(":memory:", {.max_result_size = 4096});
  const auto none = value::array();
  CHECK_THROWS_WITH_AS(
      small.execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n",
                    none.view(), wanted),
      doctest::Contains("larger than max_result_size, 4096 bytes"), failure);
  CHECK(small.execute("SELECT 1", none.view(), wanted).view().json() == "[1]");
}

TEST_CASE_FIXTURE(memory_database, "a statement whose script is gone ends") {
  int looks = 0;
  const auto none = value::array();
  CHECK_THROWS_WITH_AS(
      db.execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
                 none.view(), [&looks] { return ++looks > 3; }),
      doctest::Contains("interrupted"), failure);
  CHECK(run("SELECT 1") == "[1]");
}

TEST_CASE_FIXTURE(shared_file, "a lock is waited for, for the time agreed") {
  connection one(path(), {}), other(path(), {.busy_timeout = std::chrono::milliseconds(0)});
  const auto none = value::array();
  one.execute("CREATE TABLE t (a)", none.view(), wanted);
  one.execute("BEGIN IMMEDIATE", none.view(), wanted);
  CHECK_THROWS_WITH_AS(other.execute("INSERT INTO t VALUES (1)", none.view(), wanted),
                       doctest::Contains("database is locked"), failure);
  connection patient(path(), {.busy_timeout = std::chrono::hours(1)});
  int looks = 0;  // the fake clock stands still: only the script's end ends this wait
  CHECK_THROWS_AS(patient.execute("INSERT INTO t VALUES (1)", none.view(), [&looks] { return ++looks > 3; }),
                  failure);
  CHECK(looks > 3);
  one.execute("COMMIT", none.view(), wanted);
  CHECK(other.execute("INSERT INTO t VALUES (1)", none.view(), wanted).view().integer() == 1);
}

TEST_CASE_FIXTURE(shared_file, "a file that cannot be opened is named") {
  CHECK_THROWS_WITH_AS(connection("/nonexistent/x.db", {}),
                       doctest::Contains("cannot open the database /nonexistent/x.db"), failure);
  CHECK_NOTHROW(connection("file:" + path() + "?mode=rwc", {}));
}

TEST_CASE_FIXTURE(memory_database, "prepared statements are kept, the oldest makes room") {
  sqlite3* raw = nullptr;
  REQUIRE(sqlite3_open(":memory:", &raw) == SQLITE_OK);
  {
    sqlite::statement_cache cache(raw, 2);
    auto* a = cache.get("SELECT 1");
    CHECK(cache.get("SELECT 1") == a);
    cache.get("SELECT 2");
    cache.get("SELECT 1");
    cache.get("SELECT 3");
    CHECK(cache.size() == 2);
    CHECK(cache.get("SELECT 1") == a);
  }
  CHECK(sqlite3_close(raw) == SQLITE_OK);
}
