#include "connection.hpp"

#include <algorithm>
#include <thread>

#include "binding.hpp"
#include "problem.hpp"
#include "result_set.hpp"

namespace sqlite {

namespace sdk = godwit::sdk;
using namespace std::chrono_literals;

namespace {

/// Instructions of SQLite's machine between two looks at whether the result is still wanted: some ten
/// microseconds.
constexpr int instructions_between_looks = 1000;
constexpr auto longest_lock_pause = 25ms;

sqlite3* open(const std::string& path) {
  sqlite3* db = nullptr;
  // A connection is never used by two threads at once, so that SQLite need not lock it.
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI |
                    SQLITE_OPEN_EXRESCODE;
  const int status = sqlite3_open_v2(path.c_str(), &db, flags, nullptr);
  if (status == SQLITE_OK) return db;
  const std::string why = db != nullptr ? sqlite3_errmsg(db) : sqlite3_errstr(status);
  sqlite3_close_v2(db);
  throw sdk::failure("cannot open the database " + path + ": " + why);
}

}  // namespace

struct connection::running {
  running(connection& c, const is_unwanted& unwanted) : owner(c) { owner.unwanted_ = &unwanted; }
  running(const running&) = delete;
  ~running() {
    sqlite3_reset(statement);                                     // gives up its locks
    if (statement != nullptr) sqlite3_clear_bindings(statement);  // they point into the caller's values
    owner.unwanted_ = nullptr;
  }

  connection& owner;
  sqlite3_stmt* statement = nullptr;
};

connection::connection(const std::string& path, const connection_options& options)
    : options_(options),
      db_(open(path)),
      statements_(db_.get(), std::max<std::size_t>(options.cached_statements, 1)) {
  sqlite3_progress_handler(
      db_.get(), instructions_between_looks,
      [](void* self) -> int {
        const auto* unwanted = static_cast<connection*>(self)->unwanted_;
        return unwanted != nullptr && *unwanted && (*unwanted)();
      },
      this);
  sqlite3_busy_handler(
      db_.get(),
      [](void* self, int attempt) { return static_cast<connection*>(self)->wait_for_lock(attempt); }, this);
}

/// Not SQLite's own busy time-out: that one would go on waiting for a script that is gone.
int connection::wait_for_lock(int attempt) {
  if (attempt == 0) lock_wait_began_ = sdk::steady_now();
  const auto left = options_.busy_timeout - (sdk::steady_now() - lock_wait_began_);
  if (left <= 0ns || (unwanted_ != nullptr && *unwanted_ && (*unwanted_)())) return 0;
  const auto pause =
      std::min<std::chrono::nanoseconds>(longest_lock_pause, std::chrono::milliseconds(attempt + 1));
  std::this_thread::sleep_for(std::min<std::chrono::nanoseconds>(pause, left));
  return 1;
}

bool connection::step(sqlite3_stmt* statement, const std::string& sql) {
  const int status = sqlite3_step(statement);
  if (status == SQLITE_ROW) return true;
  if (status == SQLITE_DONE) return false;
  throw sdk::failure(problem(db_.get(), sql));
}

sdk::value connection::execute(const std::string& sql, sdk::value_view parameters,
                               const is_unwanted& unwanted) {
  running r(*this,
            unwanted);  // also while it is prepared: that reads the schema, and waits for locks as well
  auto* const statement = r.statement = statements_.get(sql);
  if (statement == nullptr) return sdk::value(0);
  try {
    bind(statement, parameters);
  } catch (const sdk::failure& f) {
    throw sdk::failure(std::string(f.what()) + " (in `" + shown(sql) + "`)");
  }
  // changes() keeps the number of the last statement that changed anything; a CREATE is not one.
  const auto before = sqlite3_total_changes64(db_.get());
  result_set rows(options_.max_result_size);
  while (step(statement, sql)) rows.add_row(statement);
  if (sqlite3_column_count(statement) > 0) return rows.take();
  const bool has_changed = sqlite3_total_changes64(db_.get()) != before;
  return sdk::value(has_changed ? static_cast<std::int64_t>(sqlite3_changes64(db_.get())) : std::int64_t{0});
}

}  // namespace sqlite
