// The reading half of json.hpp. nlohmann-json is included here and nowhere else.
#include "base/json.hpp"

#include <limits>
#include <unordered_map>

#include <nlohmann/json.hpp>

namespace godwit::json {
namespace {

constexpr std::size_t nesting_limit = 512;
/// Objects larger than this find repeated keys by hash.
constexpr std::size_t small_object = 32;

struct position {
  std::size_t line = 1, column = 1;
};

position position_of(std::string_view text, std::size_t offset) {
  position at;
  for (const char c : text.substr(0, std::min(offset, text.size()))) {
    ++at.column;
    if (c == '\n') at = {at.line + 1, 1};
  }
  return at;
}

/// An array or object under construction.
struct container {
  bool is_object = false;
  std::string key;
  value::array items;
  std::vector<object::member> members;
  std::unordered_map<std::string, std::size_t> places;  ///< of members; filled once the object is large

  void add(value v) {
    if (!is_object) {
      items.push_back(std::move(v));
    } else if (value* existing = find_key()) {
      *existing = std::move(v);  // the last of repeated keys wins
    } else {
      members.emplace_back(std::move(key), std::move(v));
    }
  }

  value* find_key() {
    if (members.size() < small_object) {
      for (auto& m : members)
        if (m.first == key) return &m.second;
      return nullptr;
    }
    if (places.empty())
      for (std::size_t i = 0; i < members.size(); ++i) places.emplace(members[i].first, i);
    const auto [place, is_new] = places.emplace(key, members.size());
    return is_new ? nullptr : &members[place->second].second;
  }

  value finish() {
    return is_object ? value(object::of_distinct(std::move(members))) : value(std::move(items));
  }
};

/// Receives nlohmann's events; returning false ends the parse.
class builder {
 public:
  bool null() { return add(nullptr); }
  bool boolean(bool b) { return add(b); }
  bool number_integer(std::int64_t n) { return add(n); }
  bool number_unsigned(std::uint64_t n) {
    if (n <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
      return add(static_cast<std::int64_t>(n));
    return add(static_cast<double>(n));
  }
  bool number_float(double n, const std::string&) { return add(n); }
  bool string(std::string& s) { return add(std::move(s)); }
  bool binary(std::vector<std::uint8_t>&) { return false; }
  bool start_object(std::size_t) { return open(true); }
  bool start_array(std::size_t) { return open(false); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }
  bool key(std::string& k) {
    stack_.back().key = std::move(k);
    return true;
  }
  bool parse_error(std::size_t offset, const std::string&, const nlohmann::json::exception& problem) {
    offset_ = offset;
    problem_ = problem.what();
    return false;
  }

  value take() { return std::move(root_); }
  std::size_t offset() const { return offset_; }
  const std::string& problem() const { return problem_; }

 private:
  bool add(value v) {
    if (stack_.empty())
      root_ = std::move(v);
    else
      stack_.back().add(std::move(v));
    return true;
  }
  bool open(bool is_object) {
    if (stack_.size() == nesting_limit) {
      problem_ = fmt::format("nested more than {} levels deep", nesting_limit);
      return false;
    }
    stack_.emplace_back().is_object = is_object;
    return true;
  }
  bool close() {
    value done = stack_.back().finish();
    stack_.pop_back();
    return add(std::move(done));
  }

  std::vector<container> stack_;
  value root_;
  std::size_t offset_ = 0;
  std::string problem_;
};

/// What nlohmann says, without its prefixes "[json.exception.…] " and "parse error at line 1, column 2: ".
std::string reason_of(std::string_view what) {
  const auto bracket = what.find("] ");
  if (what.starts_with('[') && bracket != what.npos) what.remove_prefix(bracket + 2);
  const auto colon = what.find(": ");
  if (what.starts_with("parse error at") && colon != what.npos) what.remove_prefix(colon + 2);
  return std::string(what);
}

/// End of the comment that starts at `at`, or `at` when none does.
std::size_t comment_end(std::string_view text, std::size_t at) {
  const auto rest = text.substr(at);
  if (rest.starts_with('#') || rest.starts_with("//")) return std::min(text.find('\n', at), text.size());
  if (!rest.starts_with("/*")) return at;
  const auto end = text.find("*/", at + 2);
  return end == text.npos ? text.size() : end + 2;
}

/// Comments become spaces, so that positions in error texts stay true.
std::string blank_comments(std::string_view text) {
  std::string out(text);
  bool in_string = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (in_string) {
      if (text[at] == '\\')
        ++at;
      else
        in_string = text[at] != '"';
      continue;
    }
    in_string = text[at] == '"';
    const std::size_t end = comment_end(text, at);
    for (std::size_t i = at; i < end; ++i)
      if (out[i] != '\n') out[i] = ' ';
    if (end > at) at = end - 1;
  }
  return out;
}

}  // namespace

result<value> parse(std::string_view text, bool comments) {
  const std::string blanked = comments ? blank_comments(text) : std::string();
  const std::string_view source = comments ? std::string_view(blanked) : text;
  builder events;
  if (nlohmann::json::sax_parse(source.begin(), source.end(), &events)) return events.take();
  if (events.offset() == 0 && !events.problem().starts_with('[')) return fail("JSON is {}", events.problem());
  const auto at = position_of(source, events.offset() > 0 ? events.offset() - 1 : 0);
  return fail("JSON line {}, column {}: {}", at.line, at.column, reason_of(events.problem()));
}

}  // namespace godwit::json
