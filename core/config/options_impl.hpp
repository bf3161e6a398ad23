#pragma once
// Bodies of the options template; include config/options.hpp.

#include "base/json.hpp"
#include "config/codecs.hpp"

namespace godwit::config {

namespace detail {
void unknown_key(problems& out, const std::string& path, const std::string& key, const std::vector<std::string>& known);
void not_a_table(problems& out, const std::string& path, const value& got);
std::string describe_default(const value& v);
}  // namespace detail

template <class T>
template <class M>
options<T>& options<T>::field(std::string key, M T::*member, std::string meaning) {
  entries_.push_back({
      .key = std::move(key),
      .type = codec<M>::type(),
      .meaning = std::move(meaning),
      .is_required = false,
      .read = [member](T& to, const value& v, problems& p, const std::string& path) {
        codec<M>::read(to.*member, v, p, path);
      },
      .render = [member](const T& from) { return codec<M>::render(from.*member); },
  });
  return *this;
}

template <class T>
template <class M>
options<T>& options<T>::required(std::string key, M T::*member, std::string meaning) {
  field(std::move(key), member, std::move(meaning));
  entries_.back().is_required = true;
  return *this;
}

template <class T>
T options<T>::parse(const value& v, problems& out, const std::string& path, T base) const {
  static const object nothing;
  const auto* members = v.as_object();
  if (const auto* a = v.as_array(); a && a->empty()) members = &nothing;  // {} in Lua is either
  if (!members) {
    detail::not_a_table(out, path, v);
    return base;
  }
  const auto before = out.size();
  for (const auto& [key, member] : *members) {
    const auto at = std::find_if(entries_.begin(), entries_.end(), [&wanted = key](const entry& e) { return e.key == wanted; });
    if (at == entries_.end()) {
      std::vector<std::string> known;
      for (const auto& e : entries_) known.push_back(e.key);
      detail::unknown_key(out, path, key, known);
      continue;
    }
    at->read(base, member, out, detail::join(path, key));
  }
  for (const auto& e : entries_) {
    if (e.is_required && !members->find(e.key)) out.push_back({detail::join(path, e.key), "is required"});
  }
  if (out.size() == before) {
    for (const auto& rule : rules_) {
      if (auto wrong = rule(base)) out.push_back({path, *wrong});
    }
  }
  return base;
}

template <class T>
value options<T>::render(const T& v) const {
  object members;
  for (const auto& e : entries_) {
    auto member = e.render(v);
    if (!member.is_null()) members.set(e.key, std::move(member));
  }
  return members;
}

template <class T>
std::vector<field_doc> options<T>::fields() const {
  std::vector<field_doc> docs;
  const T defaults{};
  for (const auto& e : entries_) {
    docs.push_back({e.key, e.type, e.is_required ? "required" : detail::describe_default(e.render(defaults)), e.meaning});
  }
  return docs;
}

template <class T>
result<T> parse_options(const options<T>& table, const value& v) {
  problems found;
  T parsed = table.parse(v, found);
  if (!found.empty()) return fail("{}: {}", table.name(), describe(found));
  return parsed;
}

}  // namespace godwit::config
