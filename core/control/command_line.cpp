#include "control/command_line.hpp"

namespace godwit::control {

namespace {

constexpr std::string_view white = " \t\r\n";

bool is_white(char c) { return white.find(c) != std::string_view::npos; }

char unescape(char c) {
  switch (c) {
    case 'n': return '\n';
    case 't': return '\t';
    default: return c;
  }
}

class splitter {
 public:
  explicit splitter(std::string_view line) : line_(line) {}

  std::vector<word> run() {
    while (skip_white()) take_word();
    return std::move(words_);
  }
  /// The quote or backslash that was open at the end, 0 when none.
  char open() const { return open_; }

 private:
  bool skip_white() {
    while (at_ < line_.size() && is_white(line_[at_])) ++at_;
    return at_ < line_.size();
  }

  void take_word() {
    word w;
    w.begin = at_;
    for (; at_ < line_.size() && !is_white(line_[at_]); ++at_) take_char(w);
    words_.push_back(std::move(w));
  }

  void take_char(word& w) {
    const char c = line_[at_];
    if (c == '\'' || c == '"') {
      w.is_quoted = true;
      return take_quoted(w, c);
    }
    if (c != '\\') {
      w.text += c;
      return;
    }
    w.is_quoted = true;
    if (at_ + 1 == line_.size()) {
      open_ = '\\';
    } else {
      w.text += line_[++at_];
    }
  }

  /// Ends on the closing quote.
  void take_quoted(word& w, char quote) {
    for (++at_; at_ < line_.size() && line_[at_] != quote; ++at_) {
      const bool is_escape = quote == '"' && line_[at_] == '\\' && at_ + 1 < line_.size();
      w.text += is_escape ? unescape(line_[++at_]) : line_[at_];
    }
    if (at_ >= line_.size()) {
      open_ = quote;
      at_ = line_.size() - 1;
    }
  }

  std::string_view line_;
  std::size_t at_ = 0;
  char open_ = 0;
  std::vector<word> words_;
};

}  // namespace

result<std::vector<word>> split_line(std::string_view line) {
  splitter s(line);
  auto words = s.run();
  if (s.open() == '\\') return fail("the line ends in a backslash: write \\\\ for the character itself");
  if (s.open() != 0) return fail("a quote ({}) is open at the end of the line", s.open());
  return words;
}

std::vector<word> split_partial(std::string_view line) { return splitter(line).run(); }

std::string quote_word(std::string_view text) {
  const bool is_plain = !text.empty() && text.find_first_of(" \t\r\n\"'\\") == std::string_view::npos;
  if (is_plain) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '\n') {
      quoted += "\\n";
    } else if (c == '\t') {
      quoted += "\\t";
    } else {
      if (c == '"' || c == '\\') quoted += '\\';
      quoted += c;
    }
  }
  return quoted + '"';
}

}  // namespace godwit::control
