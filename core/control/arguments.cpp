#include "control/arguments.hpp"

#include <charconv>

#include <fmt/ranges.h>

#include "base/text.hpp"

namespace godwit::control {

std::string arguments::text(std::string_view name, std::string_view otherwise) const {
  const auto* v = values_.find(name);
  const auto* s = v ? v->as_string() : nullptr;
  return s ? *s : std::string(otherwise);
}

std::int64_t arguments::integer(std::string_view name, std::int64_t otherwise) const {
  const auto* v = values_.find(name);
  const auto* n = v ? v->as_integer() : nullptr;
  return n ? *n : otherwise;
}

duration arguments::time(std::string_view name, duration otherwise) const {
  return duration(integer(name, otherwise.count()));
}

bool arguments::is_set(std::string_view name) const {
  const auto* v = values_.find(name);
  const auto* b = v ? v->as_bool() : nullptr;
  return b && *b;
}

std::vector<std::string> arguments::texts(std::string_view name) const {
  std::vector<std::string> all;
  const auto* v = values_.find(name);
  const auto* items = v ? v->as_array() : nullptr;
  for (const auto& item : items ? *items : value::array{}) {
    if (const auto* s = item.as_string()) all.push_back(*s);
  }
  return all;
}

namespace {

std::optional<std::int64_t> to_integer(std::string_view text) {
  std::int64_t n = 0;
  const auto* end = text.data() + text.size();
  const auto [at, ec] = std::from_chars(text.data(), end, n);
  if (ec != std::errc{} || at != end || text.empty()) return std::nullopt;
  return n;
}

std::optional<value> to_boolean(std::string_view text) {
  for (const auto* yes : {"true", "on", "yes", "enabled", "1"}) {
    if (iequals(text, yes)) return value(true);
  }
  for (const auto* no : {"false", "off", "no", "disabled", "0"}) {
    if (iequals(text, no)) return value(false);
  }
  return std::nullopt;
}

/// "100" or "100,20": how many from where.
std::optional<value> to_page(std::string_view text) {
  const auto comma = text.find(',');
  const auto limit = to_integer(text.substr(0, comma));
  const auto offset = comma == std::string_view::npos ? 0 : to_integer(text.substr(comma + 1));
  if (!limit || !offset || *limit < 0 || *offset < 0) return std::nullopt;
  return object{{"limit", *limit}, {"offset", *offset}};
}

std::optional<value> to_choice(const parameter& p, std::string_view text) {
  for (const auto& choice : p.choices) {
    if (iequals(choice, text)) return value(choice);
  }
  return std::nullopt;
}

result<value> read_word(const parameter& p, const std::string& text) {
  switch (p.type) {
    case word_type::integer:
      if (const auto n = to_integer(text)) return value(*n);
      return fail("{} must be an integer, got '{}'", p.name, text);
    case word_type::boolean:
      if (auto b = to_boolean(text)) return *b;
      return fail("{} must be on or off, got '{}'", p.name, text);
    case word_type::page:
      if (auto page = to_page(text)) return *page;
      return fail("{} must be LIMIT or LIMIT,OFFSET, got '{}'", p.name, text);
    case word_type::choice:
      if (auto choice = to_choice(p, text)) return *choice;
      return fail("{} must be one of {}, got '{}'", p.name, fmt::join(p.choices, ", "), text);
    case word_type::duration: {
      const auto d = parse_duration(text);
      if (d) return value(static_cast<std::int64_t>(d->count()));
      return fail("{} must be a duration, got '{}'", p.name, text);
    }
    default: return value(text);
  }
}

/// Matches words with parameters, trying both ways at an optional one: it is left out first when a required one follows
/// ("[binding] domain"), taken first when none does. Parameters and words are few: that is cheap.
class matcher {
 public:
  matcher(const std::vector<parameter>& parameters, const std::vector<word>& words)
      : parameters_(parameters), words_(words) {}

  bool match(std::size_t p, std::size_t w, object& out) {
    if (p == parameters_.size()) return w == words_.size() || complain(w, fmt::format("'{}' is one word too many", words_[w].text));
    if (!parameters_[p].is_optional) return take(p, w, out);
    return is_before_required(p) ? pass_over(p, w, out) || take(p, w, out) : take(p, w, out) || pass_over(p, w, out);
  }
  const std::string& complaint() const { return complaint_; }

 private:
  bool is_before_required(std::size_t p) const {
    return std::any_of(parameters_.begin() + static_cast<std::ptrdiff_t>(p), parameters_.end(),
                       [](const parameter& later) { return !later.is_optional; });
  }

  bool pass_over(std::size_t p, std::size_t w, object& out) {
    auto without = out;
    if (!match(p + 1, w, without)) return false;
    out = std::move(without);
    return true;
  }

  bool take(std::size_t p, std::size_t w, object& out) {
    const auto& current = parameters_[p];
    if (w == words_.size()) return current.is_optional ? false : complain(w, current.name + " is missing");
    auto with = out;
    auto next = w + 1;
    if (takes_rest(current.type)) {
      std::string all;
      for (auto i = w; i < words_.size(); ++i) all += (i == w ? "" : " ") + words_[i].text;
      with.set(current.name, all);
      next = words_.size();
    } else {
      auto read = read_word(current, words_[w].text);
      if (!read) return complain(w, read.why().text);
      with.set(current.name, std::move(*read));
    }
    if (!match(p + 1, next, with)) return false;
    out = std::move(with);
    return true;
  }

  /// The first complaint about the word furthest to the right: that reading went best.
  bool complain(std::size_t w, std::string text) {
    if (complaint_.empty() || w > furthest_) {
      furthest_ = w;
      complaint_ = std::move(text);
    }
    return false;
  }

  const std::vector<parameter>& parameters_;
  const std::vector<word>& words_;
  std::size_t furthest_ = 0;
  std::string complaint_;
};

const flag* find_flag(const command& c, const word& w) {
  if (w.is_quoted || w.text.size() < 2 || w.text[0] != '-') return nullptr;
  const auto name = std::string_view(w.text).substr(0, w.text.find('='));
  for (const auto& f : c.flags) {
    const bool is_long = name == "--" + f.name;
    const bool is_short = f.letter != 0 && name.size() == 2 && name[1] == f.letter;
    if (is_long || is_short) return &f;
  }
  return nullptr;
}

bool looks_like_flag(const word& w) { return !w.is_quoted && w.text.size() > 2 && w.text.starts_with("--"); }

error unknown_flag(const command& c, const word& w) {
  std::vector<std::string> known;
  for (const auto& f : c.flags) known.push_back("--" + f.name);
  const auto near = nearest(w.text, known);
  return fail("{} has no option {}{}", c.name, w.text, near.empty() ? "" : fmt::format("; did you mean {}?", near));
}

/// Takes flags out of the words, wherever they stand; "--" ends them.
class flag_reader {
 public:
  flag_reader(const command& c, const std::vector<word>& words) : command_(c), words_(words) {}

  result<void> run() {
    for (at_ = 0; at_ < words_.size(); ++at_) {
      const auto& w = words_[at_];
      if (!w.is_quoted && w.text == "--") {
        plain.insert(plain.end(), words_.begin() + static_cast<std::ptrdiff_t>(at_) + 1, words_.end());
        return {};
      }
      const auto* f = find_flag(command_, w);
      if (!f && looks_like_flag(w)) return unknown_flag(command_, w);
      if (!f) {
        plain.push_back(w);
      } else if (auto taken = take(*f); !taken) {
        return taken;
      }
    }
    return {};
  }

  object values;
  std::vector<word> plain;

 private:
  result<void> take(const flag& f) {
    const auto equals = words_[at_].text.find('=');
    if (f.words.empty()) {
      if (equals != std::string::npos) return fail("--{} takes no value", f.name);
      values.set(f.name, true);
      return {};
    }
    value::array taken;
    for (std::size_t i = 0; i < f.words.size(); ++i) {
      std::string text;
      if (i == 0 && equals != std::string::npos) {
        text = words_[at_].text.substr(equals + 1);
      } else {
        if (at_ + 1 == words_.size()) return fail("--{}: {} is missing", f.name, f.words[i].name);
        text = words_[++at_].text;
      }
      auto read = read_word(f.words[i], text);
      if (!read) return fail("--{}: {}", f.name, read.why().text);
      taken.push_back(std::move(*read));
    }
    return keep(f, taken.size() == 1 ? std::move(taken.front()) : value(std::move(taken)));
  }

  result<void> keep(const flag& f, value v) {
    auto* before = values.find(f.name);
    if (before && !f.is_repeatable) return fail("--{} stands twice", f.name);
    if (!f.is_repeatable) {
      values.set(f.name, std::move(v));
    } else if (before) {
      before->as_array()->push_back(std::move(v));
    } else {
      values.set(f.name, value::array{std::move(v)});
    }
    return {};
  }

  const command& command_;
  const std::vector<word>& words_;
  std::size_t at_ = 0;
};

}  // namespace

result<arguments> read_arguments(const command& c, const std::vector<word>& words) {
  flag_reader flags(c, words);
  const auto usage = [&c](const std::string& why) { return fail("{}\nUsage: {}", why, c.usage()); };
  if (auto read = flags.run(); !read) return usage(read.why().text);
  auto values = std::move(flags.values);
  matcher m(c.parameters, flags.plain);
  if (!m.match(0, 0, values)) return usage(m.complaint());
  return arguments(std::move(values));
}

std::vector<const parameter*> parameters_at(const command& c, const std::vector<word>& before) {
  std::size_t position = 0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    const auto* f = find_flag(c, before[i]);
    if (!f) {
      ++position;
      continue;
    }
    const auto left = before.size() - i - 1;
    if (left < f->words.size()) return {&f->words[left]};
    i += f->words.size();
  }
  if (!c.parameters.empty() && takes_rest(c.parameters.back().type)) position = std::min(position, c.parameters.size() - 1);
  std::vector<const parameter*> found;
  while (position < c.parameters.size()) {
    found.push_back(&c.parameters[position]);
    if (!c.parameters[position++].is_optional) break;
  }
  return found;
}

}  // namespace godwit::control
