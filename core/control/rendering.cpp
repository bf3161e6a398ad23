#include "control/rendering.hpp"

#include "base/json.hpp"

namespace godwit::control {

namespace {

/// What arrives from mail and peers must not drive an operator's terminal.
std::string printable(std::string_view text, bool keep_lines) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const auto u = static_cast<unsigned char>(c);
    const bool is_line = keep_lines && (c == '\n' || c == '\t');
    const bool is_control = (u < 0x20 && !is_line) || u == 0x7f;
    if (is_control && !(keep_lines && c == '\r')) out += '?';
    if (!is_control) out += c;
  }
  return out;
}

/// Characters a terminal shows for UTF-8: bytes that do not continue one.
std::size_t shown_width(std::string_view text) {
  std::size_t n = 0;
  for (const char c : text) n += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  return n;
}

void pad(std::string& out, std::size_t n) { out.append(n, ' '); }

object named(const result_shape& shape, const value::array& cells) {
  object members;
  for (std::size_t i = 0; i < shape.columns.size() && i < cells.size(); ++i) members.set(shape.columns[i].key, cells[i]);
  return members;
}

bool is_number(const value& v) { return v.type() == value::kind::integer || v.type() == value::kind::number; }

}  // namespace

std::string cell_text(const value& v) {
  switch (v.type()) {
    case value::kind::null: return "";
    case value::kind::string: return printable(*v.as_string(), false);
    case value::kind::number: return fmt::format("{:.2f}", *v.as_number());
    default: return json::write(v);
  }
}

std::string fill(std::string_view pattern, const object& members) {
  std::string out;
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    const char c = pattern[at];
    const bool is_double = at + 1 < pattern.size() && pattern[at + 1] == c;
    const auto end = c == '{' && !is_double ? pattern.find('}', at) : std::string_view::npos;
    if (end != std::string_view::npos) {
      const auto* member = members.find(pattern.substr(at + 1, end - at - 1));
      if (member) out += cell_text(*member);
      at = end;
      continue;
    }
    out += c;
    if ((c == '{' || c == '}') && is_double) ++at;
  }
  return out;
}

void text_renderer::append_row(const std::vector<std::string>& cells, const std::vector<bool>& right,
                               std::string& out) const {
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const bool is_last = i + 1 == cells.size();
    const auto missing = widths_[i] - std::min(widths_[i], shown_width(cells[i]));
    if (right[i]) pad(out, missing);
    out += cells[i];
    if (!right[i] && !is_last) pad(out, missing);
    if (!is_last) out += "  ";
  }
  out += '\n';
}

void text_renderer::append_table(const std::vector<std::vector<std::string>>& rows, std::string& out) {
  std::vector<std::string> head;
  for (const auto& c : shape_.columns) head.push_back(c.title);
  widths_.resize(head.size(), 0);
  for (std::size_t i = 0; i < head.size(); ++i) widths_[i] = std::max(widths_[i], shown_width(head[i]));
  for (const auto& cells : rows) {
    for (std::size_t i = 0; i < cells.size(); ++i) widths_[i] = std::max(widths_[i], shown_width(cells[i]));
  }
  if (!std::exchange(has_head_, true)) append_row(head, is_number_, out);
  for (const auto& cells : rows) append_row(cells, is_number_, out);
}

void text_renderer::render_rows(const parts& chunk, std::size_t from, std::size_t to, std::string& out) {
  if (!shape_.line.empty()) {
    for (auto i = from; i < to; ++i) out += fill(shape_.line, named(shape_, *chunk[i].content.as_array())) + "\n";
    return;
  }
  std::vector<std::vector<std::string>> rows;
  for (auto i = from; i < to; ++i) {
    const auto& cells = *chunk[i].content.as_array();
    auto& texts = rows.emplace_back(shape_.columns.size());
    is_number_.resize(texts.size(), false);
    for (std::size_t c = 0; c < texts.size() && c < cells.size(); ++c) {
      texts[c] = cell_text(cells[c]);
      if (!has_head_ && rows.size() == 1) is_number_[c] = is_number(cells[c]);
    }
  }
  append_table(rows, out);
}

std::vector<column> columns_of(const value& titles) {
  std::vector<column> columns;
  for (const auto& title : *titles.as_array()) columns.push_back({cell_text(title), cell_text(title)});
  return columns;
}

/// Without declared columns every member is shown under its name.
void text_renderer::append_record(const object& members, std::string& out) const {
  auto columns = shape_.columns;
  if (columns.empty()) {
    for (const auto& [key, unused] : members) columns.push_back({key, key});
  }
  std::size_t width = 0;
  for (const auto& c : columns) width = std::max(width, shown_width(c.title));
  for (const auto& c : columns) {
    const auto* member = members.find(c.key);
    if (!member || member->is_null()) continue;
    out += c.title + ":";
    pad(out, width - shown_width(c.title) + 1);
    out += cell_text(*member) + "\n";
  }
}

std::string text_renderer::render(const parts& chunk) {
  std::string out;
  for (std::size_t i = 0; i < chunk.size(); ++i) {
    const auto& [what, content, sentence] = chunk[i];
    switch (what) {
      case part::kind::row: {
        auto end = i;
        while (end < chunk.size() && chunk[end].what == part::kind::row) ++end;
        render_rows(chunk, i, end, out);
        i = end - 1;
        break;
      }
      case part::kind::record:
        if (sentence.empty()) {
          append_record(*content.as_object(), out);
        } else {
          out += printable(sentence, true) + "\n";
        }
        break;
      case part::kind::total: out += fill(shape_.total, *content.as_object()) + "\n"; break;
      case part::kind::columns:
        shape_.columns = columns_of(content);
        has_head_ = false;
        widths_.clear();
        is_number_.clear();
        break;
      case part::kind::text: out += printable(*content.as_string(), true) + "\n"; break;
    }
  }
  return out;
}

std::vector<object> json_members(result_shape& shape, const parts& chunk) {
  std::vector<object> frames;
  std::optional<part::kind> before;
  for (const auto& p : chunk) {
    if (p.what == part::kind::columns) {
      shape.columns = columns_of(p.content);
    } else if (p.what == part::kind::row) {
      if (before != part::kind::row) frames.push_back(object{{"rows", value::array{}}});
      frames.back().find("rows")->as_array()->push_back(named(shape, *p.content.as_array()));
    } else {
      static constexpr std::string_view keys[] = {"rows", "record", "total", "text"};
      object one;
      one.set(keys[static_cast<std::size_t>(p.what)], p.content);
      frames.push_back(std::move(one));
    }
    before = p.what;
  }
  return frames;
}

}  // namespace godwit::control
