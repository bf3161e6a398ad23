#include "dns/resolver.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace godwit::dns {

namespace {

/// The labels that occur at one position, counted from the root.
struct position {
  std::vector<std::string> labels;  ///< distinct, in order of first appearance
  std::size_t hosts = 0;            ///< how many hosts have a label here

  void add(std::string_view label) {
    ++hosts;
    if (std::find(labels.begin(), labels.end(), label) == labels.end()) labels.emplace_back(label);
  }

  std::string text(std::size_t all_hosts) const {
    auto t = labels.size() == 1 ? labels.front() : fmt::format("({})", fmt::join(labels, "|"));
    if (hosts < all_hosts) t += '?';
    return t;
  }
};

std::string_view without_root_dot(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  return host;
}

}  // namespace

std::string site_name_of(const std::vector<std::string>& hosts) {
  std::vector<position> positions;
  for (const auto& host : hosts) {
    const auto lower = to_lower(without_root_dot(host));
    if (lower.empty()) continue;  // the root of a null MX names no site
    auto labels = split(lower, '.');
    std::reverse(labels.begin(), labels.end());
    if (positions.size() < labels.size()) positions.resize(labels.size());
    for (std::size_t i = 0; i < labels.size(); ++i) positions[i].add(labels[i]);
  }
  std::string name;
  for (auto at = positions.rbegin(); at != positions.rend(); ++at) {
    if (!name.empty()) name += '.';
    name += at->text(hosts.size());
  }
  return name;
}

}  // namespace godwit::dns
