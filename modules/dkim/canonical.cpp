#include "canonical.hpp"

#include <cstring>
#include <map>
#include <utility>

namespace dkim {

namespace {

constexpr std::size_t buffer_size = 8192;

bool is_wsp(char c) { return c == ' ' || c == '\t'; }

std::string lower(std::string_view text) {
  std::string out(text);
  for (auto& c : out) c = (c >= 'A' && c <= 'Z') ? static_cast<char>(c + 32) : c;
  return out;
}

/// Runs of white space (and line ends, in headers) become one space; none at the end.
void append_relaxed(std::string& out, std::string_view text, bool keep_leading) {
  bool space = false, any = keep_leading;
  for (const char c : text) {
    if (is_wsp(c) || c == '\r' || c == '\n') {
      space = true;
      continue;
    }
    if (space && any) out += ' ';
    space = false;
    any = true;
    out += c;
  }
}

/// Nothing to relax: no tab, no double space, no space at the end. Most lines are so.
bool is_relaxed_already(std::string_view line) {
  if (line.empty()) return true;
  if (is_wsp(line.back()) || std::memchr(line.data(), '\t', line.size())) return false;
  return line.find("  ") == std::string_view::npos;
}

}  // namespace

std::vector<header_field> split_headers(std::string_view block) {
  std::vector<header_field> fields;
  std::size_t at = 0;
  while (at < block.size()) {
    auto end = at;
    std::size_t next = block.size();
    for (;;) {  // a line that starts with white space continues the field
      const auto newline = block.find('\n', end);
      next = newline == std::string_view::npos ? block.size() : newline + 1;
      end = newline == std::string_view::npos ? block.size() : newline;
      if (next >= block.size() || !is_wsp(block[next])) break;
      end = next;
    }
    if (end > at && block[end - 1] == '\r') --end;
    const auto raw = block.substr(at, end - at);
    if (raw.empty()) break;
    if (const auto colon = raw.find(':'); colon != std::string_view::npos) {
      auto name = raw.substr(0, colon);
      while (!name.empty() && is_wsp(name.back())) name.remove_suffix(1);
      fields.push_back({name, raw});
    }
    at = next;
  }
  return fields;
}

void append_canonical(std::string& out, const header_field& field, canonicalization how) {
  if (how == canonicalization::simple) {
    out += field.raw;
  } else {
    out += lower(field.name);
    out += ':';
    append_relaxed(out, field.raw.substr(field.raw.find(':') + 1), false);
  }
  out += "\r\n";
}

std::string canonical_headers(const std::vector<header_field>& fields, const std::vector<std::string>& names,
                              canonicalization how) {
  std::vector<std::string> lowered;
  lowered.reserve(fields.size());
  for (const auto& f : fields) lowered.push_back(lower(f.name));
  std::string out;
  std::map<std::string, std::size_t> next_below;  // name -> one past the instance to look at next
  for (const auto& listed : names) {
    const auto name = lower(listed);
    auto& below = next_below.try_emplace(name, fields.size()).first->second;
    while (below > 0 && lowered[below - 1] != name) --below;
    if (below > 0) append_canonical(out, fields[--below], how);
  }
  return out;
}

body_hasher::body_hasher(canonicalization how, std::optional<std::uint64_t> limit) : how_(how), limit_(limit) {
  buffer_.reserve(buffer_size);
}

void body_hasher::update(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto newline = bytes.find('\n');
    if (newline == std::string_view::npos) {
      partial_ += bytes;
      return;
    }
    auto text = bytes.substr(0, newline);
    bytes.remove_prefix(newline + 1);
    if (!partial_.empty()) {
      partial_ += text;
      text = partial_;
    }
    if (text.ends_with('\r')) text.remove_suffix(1);
    line(text, true);
    partial_.clear();
  }
}

void body_hasher::line(std::string_view text, bool ended) {
  std::string relaxed;
  if (how_ == canonicalization::relaxed && !is_relaxed_already(text)) {
    append_relaxed(relaxed, text, true);
    text = relaxed;
  }
  if (text.empty() && ended) {
    ++blank_lines_;
    return;
  }
  release_blank_lines();
  emit(text);
  emit("\r\n");
}

void body_hasher::release_blank_lines() {
  for (; blank_lines_ > 0; --blank_lines_) emit("\r\n");
}

void body_hasher::emit(std::string_view bytes) {
  const auto before = size_;
  size_ += bytes.size();
  if (limit_) {
    if (before >= *limit_) return;
    bytes = bytes.substr(0, *limit_ - before);
  }
  if (buffer_.size() + bytes.size() > buffer_size) {
    digest_.update(buffer_);
    buffer_.clear();
  }
  if (bytes.size() > buffer_size) {
    digest_.update(bytes);
  } else {
    buffer_ += bytes;
  }
}

std::string body_hasher::finish() {
  if (!partial_.empty()) {
    auto text = std::exchange(partial_, {});
    line(text, false);
  }
  blank_lines_ = 0;  // empty lines at the end do not count
  if (size_ == 0 && how_ == canonicalization::simple) emit("\r\n");
  digest_.update(buffer_);
  return digest_.finish();
}

}  // namespace dkim
