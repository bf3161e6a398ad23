#include "mime/mailbox.hpp"

#include "mime/encoded_word.hpp"
#include "mime/header.hpp"

namespace godwit::mime {
namespace {

constexpr int comment_depth = 16;

/// Reads from left to right; a failed step leaves the whole list unparsed.
class reader {
 public:
  explicit reader(std::string_view text) : rest_(text) {}

  std::optional<std::vector<mailbox>> read() {
    std::vector<mailbox> out;
    bool in_group = false;
    for (;;) {
      skip_space();
      if (take(',')) continue;  // RFC 5322 4.4 allows empty elements
      if (in_group && take(';')) {
        in_group = false;
        continue;
      }
      if (rest_.empty()) return in_group ? std::nullopt : std::optional(std::move(out));
      const auto words = phrase();
      if (!in_group && !words.empty() && take(':')) {
        in_group = true;
        continue;
      }
      if (!one(words, out)) return std::nullopt;
      skip_space();
      if (!rest_.empty() && rest_.front() != ',' && !(in_group && rest_.front() == ';')) return std::nullopt;
    }
  }

 private:
  /// A word as written and as meant.
  struct word {
    std::string raw, text;
    bool quoted = false;
    bool glued = false;  ///< no white space before it
  };

  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  /// White space and comments; true when there were any.
  bool skip_space() {
    const std::size_t before = rest_.size();
    while (!rest_.empty()) {
      if (rest_.front() == ' ' || rest_.front() == '\t')
        rest_.remove_prefix(1);
      else if (rest_.front() != '(' || !skip_comment())
        break;
    }
    return rest_.size() != before;
  }

  bool skip_comment() {
    int depth = 0;
    for (std::size_t i = 0; i < rest_.size(); ++i) {
      if (rest_[i] == '\\') {
        ++i;
      } else if (rest_[i] == '(') {
        if (++depth > comment_depth) return false;
      } else if (rest_[i] == ')' && --depth == 0) {
        rest_.remove_prefix(i + 1);
        return true;
      }
    }
    return false;
  }

  bool quoted(word& out) {
    for (std::size_t i = 1; i < rest_.size(); ++i) {
      if (rest_[i] == '"') {
        out.raw = rest_.substr(0, i + 1);
        out.quoted = true;
        rest_.remove_prefix(i + 1);
        return true;
      }
      if (rest_[i] == '\\' && ++i == rest_.size()) return false;
      out.text.push_back(rest_[i]);
    }
    return false;
  }

  /// Atoms (dots included) and quoted strings up to the next special.
  std::vector<word> phrase() {
    std::vector<word> out;
    bool glued = false;
    for (;;) {
      glued = !skip_space() && !out.empty();
      word next;
      next.glued = glued;
      if (rest_.starts_with('"')) {
        if (!quoted(next)) return out;
      } else {
        next.raw = rest_.substr(0, rest_.find_first_of("()<>[]:;@\\,\" \t"));
        if (next.raw.empty()) return out;
        next.text = next.raw;
        rest_.remove_prefix(next.raw.size());
      }
      out.push_back(std::move(next));
    }
  }

  /// The mailbox whose leading words were read already.
  bool one(const std::vector<word>& words, std::vector<mailbox>& out) {
    mailbox box;
    if (take('<')) {
      if (!words.empty()) box.name = join_name(words);
      skip_route();
      const auto local = phrase();
      if (!address(local, box) || (skip_space(), !take('>'))) return false;
    } else if (!address(words, box)) {
      return false;
    }
    out.push_back(std::move(box));
    return true;
  }

  /// RFC 5322 4.4: "@a,@b:" before the address is obsolete and ignored.
  void skip_route() {
    skip_space();
    const auto colon = rest_.find(':');
    if (rest_.starts_with('@') && colon < rest_.find('>')) rest_.remove_prefix(colon + 1);
  }

  bool address(const std::vector<word>& local, mailbox& box) {
    if (local.empty()) return false;
    for (const auto& w : local) {
      if (!box.user.empty() && !w.glued && !box.email.ends_with('.') && !w.raw.starts_with('.')) return false;
      box.user += w.text;
      box.email += w.raw;
    }
    if (!take('@')) return true;  // a lone user name: local mail
    skip_space();
    if (rest_.starts_with('[')) {
      const auto end = rest_.find(']');
      if (end == rest_.npos) return false;
      box.domain = rest_.substr(0, end + 1);
      rest_.remove_prefix(end + 1);
    } else {
      for (const auto& w : phrase()) {
        if (w.quoted || (!box.domain.empty() && !box.domain.ends_with('.') && !w.raw.starts_with('.')))
          return false;
        box.domain += w.raw;
      }
    }
    box.email.append("@").append(box.domain);
    return !box.domain.empty();
  }

  static std::string join_name(const std::vector<word>& words) {
    std::string joined;
    for (const auto& w : words) {
      if (!joined.empty() && !w.glued) joined.push_back(' ');
      joined += w.text;
    }
    return decode_words(joined);
  }

  std::string_view rest_;
};

}  // namespace

std::optional<std::vector<mailbox>> parse_mailboxes(std::string_view raw) {
  const std::string text = unfold(raw);
  return reader(text).read();
}

}  // namespace godwit::mime
