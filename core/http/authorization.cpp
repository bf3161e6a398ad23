#include "http/authorization.hpp"

#include "base/text.hpp"

namespace godwit::http {

namespace {

constexpr std::size_t longest_path = 256, most_components = 10;

/// The path and what is above it: "/a/b", "/a", "".
std::vector<std::string> with_parents(std::string_view path) {
  path = path.substr(0, longest_path);
  std::string joined;
  std::vector<std::string> all{""};
  for (const auto component : split(path, '/')) {
    if (component.empty()) continue;
    joined += fmt::format("/{}", component);
    all.push_back(joined);
    if (all.size() > most_components) break;
  }
  return {all.rbegin(), all.rend()};
}

criterion authenticated() {
  criterion c;
  c.what = criterion::kind::authenticated;
  return c;
}

const criterion anybody{}, trusted = criterion::group(std::string(trusted_group));

acl allow(std::initializer_list<const char*> methods, std::initializer_list<criterion> whom) {
  acl rules;
  for (const auto& who : whom)
    for (const auto* method : methods) rules.push_back({who, method, true});
  return rules;
}

}  // namespace

std::vector<std::string> resource_names(std::string_view local_address, std::string_view path) {
  const auto paths = with_parents(path);
  std::vector<std::string> names;
  for (const auto& p : paths) names.push_back(fmt::format("http_listener/{}{}", local_address, p));
  for (const auto& p : paths)
    if (!p.empty()) names.push_back("http_listener/*" + p);
  names.emplace_back("http_listener");
  return names;
}

const acl_map& built_in_acl() {
  static const acl_map map = [] {
    acl_map m;
    const auto add = [&m](const char* path, acl rules) { m[fmt::format("http_listener/*{}", path)] = std::move(rules); };
    add("/api/check-liveness", allow({"GET"}, {anybody}));
    add("/rapidoc", allow({"GET"}, {anybody}));
    add("/api-docs/openapi.json", allow({"GET"}, {anybody}));
    add("/api/inject", allow({"POST"}, {trusted, authenticated()}));
    add("/api/admin", allow({"GET", "POST", "DELETE"}, {trusted}));
    add("/api/machine-info", allow({"GET"}, {trusted}));
    add("/metrics", allow({"GET"}, {trusted}));
    add("/metrics.json", allow({"GET"}, {trusted}));
    add("/api/xfer", allow({"POST"}, {trusted}));
    return m;
  }();
  return map;
}

rt::task<std::shared_ptr<const acl>> authorization::definition(std::string resource) {
  if (!source_ || !source_->is_present()) co_return nullptr;
  const auto now = std::chrono::steady_clock::now();
  const auto epoch = source_->epoch();
  auto known = definitions_.find(resource, now, epoch);
  if (!known) {
    auto asked = co_await source_->find(resource);
    auto rules = asked ? std::make_shared<const acl>(std::move(*asked)) : nullptr;
    known = definitions_.put(resource, {std::move(rules), now + source_->ttl(), epoch});
  }
  co_return known->value;
}

rt::task<authorization::decision> authorization::check(const request& r, const acl& route_acl) {
  const subject who{r.auth, r.peer.address};
  // HEAD is GET without the body (RFC 9110 9.3.2).
  const std::string privilege = r.method == "HEAD" ? "GET" : r.method;
  const auto names = resource_names(r.local.text(), r.path);
  const std::string own = "http_listener/*" + r.path;
  const bool falls_back = !source_ || source_->falls_back();
  for (const auto& name : names) {
    const auto defined = co_await definition(name);
    const acl* rules = defined.get();
    if (!rules && falls_back) {
      const auto built_in = built_in_acl().find(name);
      if (built_in != built_in_acl().end())
        rules = &built_in->second;
      else if (name == own && !route_acl.empty())
        rules = &route_acl;
    }
    const auto* match = rules ? decide(*rules, who, privilege) : nullptr;
    if (!match) continue;
    if (match->allow) co_return decision{true, {}};
    co_return decision{false, fmt::format("{} denied {} on {}", who.text(), privilege, name)};
  }
  co_return decision{false, fmt::format("{} not permitted {} on {}", who.text(), privilege, names.front())};
}

}  // namespace godwit::http
