#include "dns/zone.hpp"

#include "dns/record.hpp"

namespace godwit::dns {

bool zone::covers(std::string_view name) const {
  if (apex_.empty() || name == apex_) return true;
  return name.size() > apex_.size() && name.ends_with(apex_) && name[name.size() - apex_.size() - 1] == '.';
}

const zone::node* zone::node_at(const std::string& name) const {
  if (const auto at = nodes_.find(name); at != nodes_.end()) return &at->second;
  // The wildcard of the closest enclosing name that exists (RFC 4592).
  for (std::string_view rest = name; rest.size() > apex_.size();) {
    const auto dot = rest.find('.');
    rest = dot == std::string_view::npos ? std::string_view{} : rest.substr(dot + 1);
    if (const auto at = nodes_.find(rest.empty() ? "*" : fmt::format("*.{}", rest)); at != nodes_.end()) return &at->second;
    if (nodes_.find(rest) != nodes_.end()) return nullptr;
  }
  return nullptr;
}

answer zone::find(const std::string& name, unsigned record_type, std::string& alias) const {
  answer found;
  found.ttl = negative_ttl_;
  const auto* here = node_at(name);
  if (!here) {
    found.exists = false;
    return found;
  }
  if (const auto set = here->find(record_type); set != here->end()) {
    found.rdata = set->second.rdata;
    found.ttl = set->second.ttl;
  } else if (const auto cname = here->find(type::cname); cname != here->end()) {
    alias = read_name(cname->second.rdata.front()).value_or("");
    found.ttl = cname->second.ttl;
  }
  return found;
}

}  // namespace godwit::dns
