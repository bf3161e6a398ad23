#include "http/router.hpp"

#include <algorithm>

namespace godwit::http {

namespace {

/// How well `path` fits: 0 not at all; an exact path fits best, then the longest "/…/*".
std::size_t fit(const route& r, std::string_view path) {
  if (r.path == path) return std::string_view::npos;
  const std::string_view pattern = r.path;
  if (!pattern.ends_with("/*")) return 0;
  const auto stem = pattern.substr(0, pattern.size() - 1);
  return path.starts_with(stem) ? stem.size() : 0;
}

}  // namespace

result<void> router::insert(table& into, route r) {
  if (r.path.empty() || r.path.front() != '/') return fail("HTTP route {} {}: a path starts with '/'", r.method, r.path);
  if (r.method.empty() || !r.handler) return fail("HTTP route {}: a method and a handler are needed", r.path);
  for (const auto& known : into) {
    if (known->method == r.method && known->path == r.path)
      return fail("HTTP route {} {} of {} exists already, from {}", r.method, r.path, r.owner, known->owner);
  }
  into.push_back(std::make_shared<const route>(std::move(r)));
  return {};
}

result<void> router::add(route r) {
  const std::lock_guard lock(changing_);
  auto next = list();
  if (auto ok = insert(next, std::move(r)); !ok) return ok;
  routes_.store(std::make_shared<const table>(std::move(next)));
  return {};
}

result<void> router::replace_owner(std::string_view owner, std::vector<route> fresh, const std::function<result<void>()>& also) {
  const std::lock_guard lock(changing_);
  auto next = list();
  std::erase_if(next, [&](const route_ref& r) { return r->owner == owner; });
  for (auto& r : fresh)
    if (auto ok = insert(next, std::move(r)); !ok) return ok;
  if (auto ok = also ? also() : result<void>(); !ok) return ok;
  routes_.store(std::make_shared<const table>(std::move(next)));
  return {};
}

router::match router::find(std::string_view method, std::string_view path) const {
  match m;
  std::size_t best = 0;
  const std::string_view as = method == "HEAD" ? "GET" : method;
  const auto now = routes_.load();
  if (!now) return m;
  for (const auto& r : *now) {
    const auto fits = fit(*r, path);
    if (fits == 0) continue;
    m.methods.push_back(r->method);
    if (r->method != as || fits <= best) continue;
    best = fits;
    m.found = r;
  }
  return m;
}

std::vector<route_ref> router::list() const {
  const auto now = routes_.load();
  return now ? *now : table();
}

}  // namespace godwit::http
