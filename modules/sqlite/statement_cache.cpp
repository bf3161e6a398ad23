#include "statement_cache.hpp"

#include <godwit/host.hpp>

#include "problem.hpp"

namespace sqlite {

namespace sdk = godwit::sdk;

namespace {

/// Whether a second statement follows; SQLite itself knows what is a comment.
bool has_more(sqlite3* db, const char* tail, const char* end) {
  sqlite3_stmt* next = nullptr;
  const auto failed =
      sqlite3_prepare_v3(db, tail, static_cast<int>(end - tail), 0, &next, nullptr) != SQLITE_OK;
  const std::unique_ptr<sqlite3_stmt, finalize> owned(next);
  return failed || next != nullptr;
}

}  // namespace

statement_cache::entry statement_cache::prepare(const std::string& sql) {
  sqlite3_stmt* made = nullptr;
  const char* tail = nullptr;
  const int status = sqlite3_prepare_v3(db_, sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &made, &tail);
  if (status != SQLITE_OK) throw sdk::failure(problem(db_, sql));
  entry e{sql, std::unique_ptr<sqlite3_stmt, finalize>(made)};
  if (made != nullptr && has_more(db_, tail, sql.data() + sql.size()))
    sdk::log_warn("only the first statement is run of `" + shown(sql) + "`: give each its own execute");
  return e;
}

sqlite3_stmt* statement_cache::get(const std::string& sql) {
  if (const auto known = by_text_.find(sql); known != by_text_.end()) {
    entries_.splice(entries_.begin(), entries_, known->second);
    auto* statement = entries_.front().statement.get();
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return statement;
  }
  entries_.push_front(prepare(sql));
  by_text_.emplace(entries_.front().sql, entries_.begin());
  while (entries_.size() > capacity_) {
    by_text_.erase(entries_.back().sql);
    entries_.pop_back();
  }
  return entries_.front().statement.get();
}

}  // namespace sqlite
