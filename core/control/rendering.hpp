#pragma once
// Parts of an answer as text for people, or as the members of JSON frames. Pure.

#include <string>
#include <vector>

#include "base/value.hpp"
#include "control/output.hpp"

namespace godwit::control {

/// Renders one command's answer chunk by chunk: the head of a table comes once, columns never get narrower.
class text_renderer {
 public:
  explicit text_renderer(result_shape shape) : shape_(std::move(shape)) {}
  std::string render(const parts& chunk);

 private:
  void render_rows(const parts& chunk, std::size_t from, std::size_t to, std::string& out);
  void append_table(const std::vector<std::vector<std::string>>& rows, std::string& out);
  void append_row(const std::vector<std::string>& cells, const std::vector<bool>& is_number, std::string& out) const;
  void append_record(const object& members, std::string& out) const;

  result_shape shape_;
  std::vector<std::size_t> widths_;
  std::vector<bool> is_number_;
  bool has_head_ = false;
};

/// One object per kind of part, in order: {"rows": [{…}]}, {"record": {…}}, {"total": {…}}, {"text": "…"}.
/// Takes over columns that come with the chunk.
std::vector<object> json_members(result_shape& shape, const parts& chunk);

/// Titles of output::columns().
std::vector<column> columns_of(const value& titles);

/// A value as a cell shows it: text as it is, without control characters; "" for null; JSON for arrays and objects.
std::string cell_text(const value& v);
/// {key} replaced by the member's cell; {{ and }} are braces.
std::string fill(std::string_view pattern, const object& members);

}  // namespace godwit::control
