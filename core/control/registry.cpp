#include "control/registry.hpp"

#include <algorithm>

#include <fmt/ranges.h>

#include "base/text.hpp"
#include "control/arguments.hpp"

namespace godwit::control {

namespace {

constexpr std::size_t most_completions = 500;

bool is_word_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == ':';
}

bool is_command_name(std::string_view name) {
  for (const auto part : split(name, ' ')) {
    if (part.empty() || !std::all_of(part.begin(), part.end(), is_word_char)) return false;
  }
  return true;
}

bool begins_with_words(std::string_view name, std::string_view words) {
  return name.starts_with(words) && (name.size() == words.size() || words.empty() || name[words.size()] == ' ');
}

/// The first `n` words as they stand in a command's name.
std::string join_words(const std::vector<word>& words, std::size_t n) {
  std::string text;
  for (std::size_t i = 0; i < n; ++i) text += (i == 0 ? "" : " ") + to_lower(words[i].text);
  return text;
}

}  // namespace

result<void> registry::add(std::string owner, command c) {
  if (!is_command_name(c.name)) {
    return fail("'{}' is no name for a command: words of a-z, 0-9, _, - and : with one space between", c.name);
  }
  if (!c.handler) return fail("the command '{}' has no handler", c.name);
  const std::lock_guard lock(guard_);
  if (const auto at = commands_.find(c.name); at != commands_.end()) {
    return fail("the command '{}' exists already, from {}", c.name, at->second.owner);
  }
  auto name = c.name;
  commands_.emplace(std::move(name), entry{std::move(owner), std::make_shared<const command>(std::move(c))});
  return {};
}

void registry::remove_owner(std::string_view owner) {
  const std::lock_guard lock(guard_);
  std::erase_if(commands_, [&](const auto& member) { return member.second.owner == owner; });
}

void registry::set_completer(word_type type, completer c) {
  const std::lock_guard lock(guard_);
  completers_[type] = std::move(c);
}

std::string registry::owner(std::string_view name) const {
  const std::lock_guard lock(guard_);
  const auto at = commands_.find(name);
  return at == commands_.end() ? "" : at->second.owner;
}

std::vector<command_ref> registry::all(std::string_view words) const {
  std::vector<command_ref> them;
  const std::lock_guard lock(guard_);
  for (const auto& [name, one] : commands_) {
    if (begins_with_words(name, words)) them.push_back(one.command);
  }
  return them;
}

command_ref registry::longest(const std::vector<word>& words, std::size_t& used) const {
  const std::lock_guard lock(guard_);
  for (used = words.size(); used > 0; --used) {
    const auto at = commands_.find(join_words(words, used));
    if (at != commands_.end()) return at->second.command;
  }
  return nullptr;
}

error registry::unknown(const std::vector<word>& words) const {
  for (auto n = words.size(); n > 0; --n) {
    const auto prefix = join_words(words, n);
    const auto longer = all(prefix);
    if (longer.empty()) continue;
    std::vector<std::string> names;
    for (const auto& c : longer) names.push_back(c->name);
    return fail("'{}' is not complete: {}", prefix, fmt::join(names, ", "));
  }
  const auto asked = join_words(words, words.size());
  std::vector<std::string> names, first_words;
  for (const auto& c : all()) {
    names.push_back(c->name);
    first_words.push_back(c->name.substr(0, c->name.find(' ')));
  }
  auto near = nearest(asked, names);
  if (near.empty()) near = nearest(to_lower(words.front().text), first_words);
  if (near.empty()) return fail("unknown command '{}'; type help for a list", asked);
  return fail("unknown command '{}'; did you mean {}?", asked, near);
}

result<registry::found> registry::find(std::string_view line) const {
  auto words = split_line(line);
  if (!words) return words.why();
  if (words->empty()) return fail("the command is empty; type help for a list");
  std::size_t used = 0;
  auto command = longest(*words, used);
  if (!command) return unknown(*words);
  return found{std::move(command), {words->begin() + static_cast<std::ptrdiff_t>(used), words->end()}};
}

void registry::next_words(const std::vector<word>& before, role by, std::vector<std::string>& out) const {
  const auto prefix = join_words(before, before.size());
  for (const auto& c : all(prefix)) {
    if (c->role > by || c->name.size() <= prefix.size()) continue;
    const auto from = prefix.empty() ? 0 : prefix.size() + 1;
    out.push_back(c->name.substr(from, c->name.find(' ', from) - from));
  }
}

void registry::complete_arguments(const command& c, const std::vector<word>& before, const word& current, role by,
                                  std::vector<std::string>& out) const {
  if (current.text.starts_with("-")) {
    for (const auto& f : c.flags) out.push_back("--" + f.name);
    return;
  }
  for (const auto* p : parameters_at(c, before)) {
    if (p->type == word_type::command) next_words(before, by, out);
    out.insert(out.end(), p->choices.begin(), p->choices.end());
    completer more;
    {
      const std::lock_guard lock(guard_);
      if (const auto at = completers_.find(p->type); at != completers_.end()) more = at->second;
    }
    auto named = more ? more(current.text) : std::vector<std::string>{};
    out.insert(out.end(), named.begin(), named.end());
  }
}

registry::completion registry::complete(std::string_view line, role by) const {
  auto words = split_partial(line);
  const bool is_new_word = line.empty() || words.empty() || std::string_view(" \t").find(line.back()) != std::string_view::npos;
  word current;
  current.begin = line.size();
  if (!is_new_word) {
    current = std::move(words.back());
    words.pop_back();
  }
  completion c{current.begin, {}};
  next_words(words, by, c.words);
  std::size_t used = 0;
  if (const auto known = longest(words, used); known && known->role <= by) {
    const std::vector<word> rest(words.begin() + static_cast<std::ptrdiff_t>(used), words.end());
    complete_arguments(*known, rest, current, by, c.words);
  }
  std::erase_if(c.words, [&](const auto& w) { return !w.starts_with(current.text); });
  std::sort(c.words.begin(), c.words.end());
  c.words.erase(std::unique(c.words.begin(), c.words.end()), c.words.end());
  if (c.words.size() > most_completions) c.words.resize(most_completions);
  for (auto& w : c.words) w = quote_word(w);
  return c;
}

}  // namespace godwit::control
