#include "result_set.hpp"

#include <string>

namespace sqlite {

namespace sdk = godwit::sdk;

namespace {
/// What a value costs besides its text.
constexpr std::size_t cell_overhead = 32;
}  // namespace

void result_set::account(std::size_t bytes) {
  bytes_ += bytes + cell_overhead;
  if (bytes_ > max_bytes_)
    throw sdk::failure("the result is larger than max_result_size, " + std::to_string(max_bytes_) +
                       " bytes: use LIMIT, or raise it in [modules.sqlite]");
}

void result_set::add_cell(sqlite3_stmt* s, int column, sdk::value_ref to) {
  switch (sqlite3_column_type(s, column)) {
    case SQLITE_INTEGER:
      to.set(static_cast<std::int64_t>(sqlite3_column_int64(s, column)));
      break;
    case SQLITE_FLOAT:
      to.set(sqlite3_column_double(s, column));
      break;
    case SQLITE_TEXT:
    case SQLITE_BLOB: {
      const auto* bytes = static_cast<const char*>(sqlite3_column_blob(s, column));
      const auto size = static_cast<std::size_t>(sqlite3_column_bytes(s, column));
      account(size);
      to.set(std::string_view(bytes == nullptr ? "" : bytes, size));
      return;
    }
    default:
      break;  // NULL: values begin as null
  }
  account(0);
}

void result_set::add_row(sqlite3_stmt* s) {
  const int columns = sqlite3_column_count(s);
  auto row = rows_.push();
  if (columns == 1) return add_cell(s, 0, row);
  row.make_object();
  for (int i = 0; i < columns; ++i) {
    const std::string_view name = sqlite3_column_name(s, i);
    account(name.size());
    add_cell(s, i, row.member(name));
  }
}

}  // namespace sqlite
