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

result<void> router::add(route r) {
  if (r.path.empty() || r.path.front() != '/') return fail("HTTP route {} {}: a path starts with '/'", r.method, r.path);
  if (r.method.empty() || !r.handler) return fail("HTTP route {}: a method and a handler are needed", r.path);
  const std::lock_guard lock(changing_);
  const auto now = routes_.load();
  auto next = now ? *now : table();
  for (const auto& known : next) {
    if (known->method == r.method && known->path == r.path)
      return fail("HTTP route {} {} of {} exists already, from {}", r.method, r.path, r.owner, known->owner);
  }
  next.push_back(std::make_shared<const route>(std::move(r)));
  routes_.store(std::make_shared<const table>(std::move(next)));
  return {};
}

void router::remove_owner(std::string_view owner) {
  const std::lock_guard lock(changing_);
  const auto now = routes_.load();
  if (!now) return;
  auto next = *now;
  std::erase_if(next, [&](const route_ref& r) { return r->owner == owner; });
  routes_.store(std::make_shared<const table>(std::move(next)));
}

router::match router::find(std::string_view method, std::string_view path) const {
  match m;
  std::size_t best = 0;
  const std::string_view as = method == "HEAD" ? "GET" : method;
  for (const auto& r : list()) {
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
