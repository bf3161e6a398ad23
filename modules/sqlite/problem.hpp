#pragma once
// What went wrong, in SQLite's words and with the statement that it went wrong in.

#include <string>
#include <string_view>

#include <sqlite3.h>

namespace sqlite {

/// A statement as error texts and log lines show it: at most one line of it.
inline std::string shown(std::string_view sql) {
  constexpr std::size_t limit = 120;
  std::string text(sql.substr(0, limit));
  for (auto& c : text)
    if (c == '\n' || c == '\r' || c == '\t') c = ' ';
  return sql.size() > limit ? text + "..." : text;
}

/// "UNIQUE constraint failed: people.name (in `INSERT …`)"
inline std::string problem(sqlite3* db, std::string_view sql) {
  return std::string(sqlite3_errmsg(db)) + " (in `" + shown(sql) + "`)";
}

}  // namespace sqlite
