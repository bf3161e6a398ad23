#pragma once
// Rows of a statement as a script gets them.

#include <sqlite3.h>

#include <godwit/value.hpp>

namespace sqlite {

/// One column: an array of its values. Several: an array of tables by column name. Grows while the statement
/// is stepped; refuses to grow beyond `max_bytes` (failure), since it lies outside of the script's memory
/// limit.
class result_set {
 public:
  explicit result_set(std::size_t max_bytes) : max_bytes_(max_bytes) {}
  void add_row(sqlite3_stmt* statement);
  godwit::sdk::value take() { return std::move(rows_); }

 private:
  void add_cell(sqlite3_stmt* statement, int column, godwit::sdk::value_ref to);
  void account(std::size_t bytes);

  godwit::sdk::value rows_ = godwit::sdk::value::array();
  std::size_t max_bytes_;
  std::size_t bytes_ = 0;
};

}  // namespace sqlite
