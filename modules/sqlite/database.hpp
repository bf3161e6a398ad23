#pragma once
// A database as scripts hold it: requests of several scripts wait in line for its one connection.

#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include <godwit/async.hpp>
#include <godwit/call.hpp>
#include <godwit/metrics.hpp>

#include "connection.hpp"

namespace sqlite {

struct metrics {
  godwit::sdk::counter done{"godwit_sqlite_statements_total", "Statements run.", {{"status", "ok"}}};
  godwit::sdk::counter failed{"godwit_sqlite_statements_total", "Statements run.", {{"status", "error"}}};
  godwit::sdk::counter cancelled{
      "godwit_sqlite_statements_total", "Statements run.", {{"status", "cancelled"}}};
  godwit::sdk::gauge open{"godwit_sqlite_open_databases", "Databases that scripts hold open."};
  godwit::sdk::gauge waiting{"godwit_sqlite_waiting_statements", "Statements that wait for their database."};
  godwit::sdk::histogram duration{"godwit_sqlite_statement_seconds",
                                  "Time a statement took once it had its database."};
};

/// A statement, and the script that waits for it.
struct request {
  godwit::sdk::deferred_call call;
  std::string sql;                ///< empty: close the database
  godwit::sdk::value parameters;  ///< an array
};

/// Thread-safe. At most one job of the pool works for a database, however many scripts wait: a slow statement
/// keeps one thread, not all of them.
class database : public std::enable_shared_from_this<database> {
 public:
  database(std::unique_ptr<connection> opened, std::shared_ptr<metrics> counted);
  ~database();
  database(const database&) = delete;

  /// Answers the call when its turn has come. On the call's loop.
  void submit(request r);

 private:
  void work();
  std::optional<request> next();
  void serve(request& r);

  std::shared_ptr<metrics> metrics_;
  std::mutex mutex_;
  std::deque<request> waiting_;             ///< under mutex_
  bool is_working_ = false;                 ///< under mutex_
  std::unique_ptr<connection> connection_;  ///< of the working job alone; null once closed
};

/// What a script holds. Letting go of it closes the database, off the loop: closing may write.
class handle {
 public:
  explicit handle(std::shared_ptr<database> d) : database_(std::move(d)) {}
  ~handle();
  handle(const handle&) = delete;

  database& get() { return *database_; }

 private:
  std::shared_ptr<database> database_;
};

}  // namespace sqlite
