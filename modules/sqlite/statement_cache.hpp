#pragma once
// Prepared statements of one connection by their text, the least recently used one making room.

#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include <sqlite3.h>

namespace sqlite {

struct finalize {
  void operator()(sqlite3_stmt* s) const { sqlite3_finalize(s); }
};

/// Used by one thread at a time, as its connection is.
class statement_cache {
 public:
  statement_cache(sqlite3* db, std::size_t capacity) : db_(db), capacity_(capacity) {}

  /// Reset and without bindings; null when `sql` holds nothing but space and comments. Valid until the next
  /// call. Throws failure with SQLite's message.
  sqlite3_stmt* get(const std::string& sql);
  std::size_t size() const { return entries_.size(); }
  void clear() {
    by_text_.clear();
    entries_.clear();
  }

 private:
  struct entry {
    std::string sql;
    std::unique_ptr<sqlite3_stmt, finalize> statement;
  };
  entry prepare(const std::string& sql);

  sqlite3* db_;
  std::size_t capacity_;
  std::list<entry> entries_;  ///< most recently used first
  std::unordered_map<std::string_view, std::list<entry>::iterator> by_text_;
};

}  // namespace sqlite
