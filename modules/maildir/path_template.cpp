#include "path_template.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace maildir {

using godwit::sdk::failure;

namespace {

constexpr std::array queue_variables{std::string_view("queue"), std::string_view("campaign"), std::string_view("tenant"),
                                     std::string_view("domain"), std::string_view("routing_domain")};
constexpr std::array address_variables{std::string_view("local_part"), std::string_view("domain_part"),
                                       std::string_view("email")};
constexpr std::string_view of_sender = "sender_";
constexpr std::string_view of_meta = "meta.";

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

template <class List>
bool contains(const List& all, std::string_view name) {
  return std::find(all.begin(), all.end(), name) != all.end();
}

std::string address_part(std::string_view address, std::string_view name) {
  const auto at = address.rfind('@');
  if (name == "email" || at == address.npos) return std::string(name == "domain_part" ? "" : address);
  return std::string(name == "local_part" ? address.substr(0, at) : address.substr(at + 1));
}

void check_value(std::string_view name, std::string_view text) {
  const auto is_bad = [](unsigned char c) { return c == '/' || c < 0x20 || c == 0x7f; };
  if (text.empty() || text == "." || text == ".." || std::any_of(text.begin(), text.end(), is_bad)) {
    throw unsafe_value(fmt::format("{} of this message cannot be part of a path", name));
  }
}

/// "a" + ".." joined from parts that were harmless alone.
void check_components(std::string_view path) {
  while (!path.empty()) {
    const auto end = std::min(path.find('/'), path.size());
    const auto component = path.substr(0, end);
    if (component == "." || component == "..") throw unsafe_value("the expanded maildir_path leaves its place");
    path.remove_prefix(std::min(end + 1, path.size()));
  }
}

}  // namespace

variables::variables(godwit::sdk::message_view m, std::string_view recipient)
    : message_(m), recipient_(recipient), queue_(godwit::sdk::queue_of(m)) {}

bool variables::is_known(std::string_view name) {
  if (name.starts_with(of_meta)) return name.size() > of_meta.size();
  if (name.starts_with(of_sender)) name.remove_prefix(of_sender.size());
  return contains(address_variables, name) || contains(queue_variables, name);
}

std::optional<std::string> variables::find(std::string_view name) const {
  using godwit::sdk::value_view;
  const auto text_of = [](value_view v) -> std::optional<std::string> {
    if (v.is_null()) return std::nullopt;
    return v.kind() == GODWIT_TEXT ? std::string(v.text()) : v.json();
  };
  if (name.starts_with(of_meta)) return text_of(message_.meta(name.substr(of_meta.size())));
  if (name.starts_with(of_sender)) return address_part(message_.sender(), name.substr(of_sender.size()));
  if (contains(address_variables, name)) return address_part(recipient_, name);
  return text_of(queue_.view()[name == "queue" ? "name" : name]);
}

path_template::path_template(std::string_view text) {
  if (!text.starts_with('/')) throw failure(fmt::format("maildir_path \"{}\" must begin with /", text));
  if (text.find('\0') != text.npos) throw failure("maildir_path holds a NUL byte");
  const auto whole = text;
  while (!text.empty()) {
    const auto open = text.find("{{");
    if (open > 0) parts_.push_back({std::string(text.substr(0, open)), false});
    if (open == text.npos) break;
    const auto close = text.find("}}", open);
    if (close == text.npos) throw failure(fmt::format("maildir_path \"{}\": {{{{ without }}}}", whole));
    const auto name = trim(text.substr(open + 2, close - open - 2));
    if (!variables::is_known(name)) {
      throw failure(fmt::format("maildir_path \"{}\": unknown variable \"{}\", use local_part, domain_part, email, "
                                "sender_local_part, sender_domain_part, sender_email, queue, campaign, tenant, domain, "
                                "routing_domain or meta.NAME",
                                whole, name));
    }
    parts_.push_back({std::string(name), true});
    text.remove_prefix(close + 2);
  }
}

std::string path_template::expand(const variables& v) const {
  std::string path;
  bool has_variable = false;
  for (const auto& p : parts_) {
    if (!p.is_variable) {
      path += p.text;
      continue;
    }
    const auto found = v.find(p.text);
    if (!found) throw failure(fmt::format("maildir_path: the message has no {}", p.text));
    check_value(p.text, *found);
    path += *found;
    has_variable = true;
  }
  if (has_variable) check_components(path);
  return path;
}

}  // namespace maildir
