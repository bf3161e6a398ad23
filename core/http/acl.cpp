#include "http/acl.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace godwit::http {

namespace {

bool contains(const std::vector<std::string>& all, const std::string& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

bool is_individual(const mail::auth_info& auth, const std::string& name) {
  return std::any_of(auth.identities.begin(), auth.identities.end(), [&](const auto& i) { return i.identity == name; });
}

}  // namespace

std::string subject::text() const {
  return is_authenticated() ? fmt::format("{} at {}", auth.identities.front().identity, peer.text()) : peer.text();
}

criterion criterion::group(std::string name) {
  criterion c;
  c.what = kind::group;
  c.name = std::move(name);
  return c;
}

bool criterion::matches(const subject& who) const {
  const auto holds = [&](const criterion& c) { return c.matches(who); };
  switch (what) {
    case kind::any: return true;
    case kind::authenticated: return who.is_authenticated();
    case kind::unauthenticated: return !who.is_authenticated();
    case kind::individual: return is_individual(who.auth, name);
    case kind::group: return contains(who.auth.groups, name);
    case kind::machine: return block && block->contains(who.peer);
    case kind::all_of: return std::all_of(of.begin(), of.end(), holds);
    case kind::any_of: return std::any_of(of.begin(), of.end(), holds);
    case kind::negation: return std::none_of(of.begin(), of.end(), holds);
  }
  return false;
}

const rule* decide(const acl& rules, const subject& who, std::string_view privilege) {
  const auto at = std::find_if(rules.begin(), rules.end(),
                               [&](const rule& r) { return r.privilege == privilege && r.criteria.matches(who); });
  return at == rules.end() ? nullptr : &*at;
}

}  // namespace godwit::http
