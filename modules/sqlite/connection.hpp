#pragma once
// One open database: runs statements, one at a time.

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include <sqlite3.h>

#include <godwit/value.hpp>

#include "statement_cache.hpp"

namespace sqlite {

struct connection_options {
  std::chrono::milliseconds busy_timeout{500};  ///< how long to wait for a lock that another connection has
  std::size_t cached_statements = 32;
  std::size_t max_result_size = std::size_t{64} << 20U;
};

/// Asked now and then while a statement runs or waits for a lock: true when nobody wants its result any more.
using is_unwanted = std::function<bool()>;

/// Used by one thread at a time; which one may change. Blocks: call execute and the destructor on a pool's
/// thread.
class connection {
 public:
  /// `path`: a file, ":memory:", or a "file:" URI. Does no more than open the file. Throws failure.
  connection(const std::string& path, const connection_options& options);
  connection(const connection&) = delete;

  /// Rows (result_set.hpp), or for a statement that has none the number of rows it changed. Throws failure
  /// with SQLite's message and the statement.
  godwit::sdk::value execute(const std::string& sql, godwit::sdk::value_view parameters,
                             const is_unwanted& unwanted);

 private:
  struct close {
    void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
  };
  struct running;  ///< for the time of an execute

  int wait_for_lock(int attempt);
  bool step(sqlite3_stmt* statement, const std::string& sql);

  connection_options options_;
  std::unique_ptr<sqlite3, close> db_;
  statement_cache statements_;  ///< after db_: statements end before their connection
  const is_unwanted* unwanted_ = nullptr;
  std::chrono::nanoseconds lock_wait_began_{0};
};

}  // namespace sqlite
