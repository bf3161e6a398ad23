#pragma once
// Parameters of statements: values of scripts as SQLite's five types.

#include <string_view>

#include <sqlite3.h>

#include <godwit/value.hpp>

namespace sqlite {

/// `parameters` is an array of what came after the statement. Several are bound by position; a sole table is
/// bound by name, or by position when it is an array. Throws failure naming the parameter. The values must
/// outlive the step: text is not copied.
void bind(sqlite3_stmt* statement, godwit::sdk::value_view parameters);

/// Text that is no UTF-8 is stored as a blob: it would be none that SQL functions understand.
bool is_utf8(std::string_view text);

}  // namespace sqlite
