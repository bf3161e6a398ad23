#include "queue/source_health.hpp"

#include "log/log.hpp"
#include "metrics/registry.hpp"

namespace godwit::queue {

namespace {

constexpr std::string_view reason_of(source_trouble what) {
  return what == source_trouble::unplumbed ? "Unplumbed" : "ProxyUnhealthy";
}

metrics::labels labels_of(const std::string& source, source_trouble what) {
  return {{"source", source}, {"reason", std::string(reason_of(what))}};
}

std::shared_ptr<metrics::gauge> gauge_of(const std::string& source, source_trouble what) {
  return metrics::get_gauge("egress_source_health_suspended", "1 while a source is suspended for its health", labels_of(source, what));
}

void count_suspension(const std::string& source, source_trouble what) {
  metrics::get_counter("egress_source_health_suspensions_total", "times a source was suspended for its health",
                       labels_of(source, what))->add();
}

}  // namespace

bool source_health::is_triggered(condition& c, const suspend_rule& rule, steady_time now) {
  if (!rule.trigger.threshold) return true;
  const auto since = now - std::chrono::seconds(rule.trigger.threshold->period_seconds);
  while (!c.failures.empty() && c.failures.front() <= since) c.failures.pop_front();
  c.failures.push_back(now);
  return c.failures.size() >= rule.trigger.threshold->limit;
}

bool source_health::note(const egress_source_config& source, source_trouble what, std::string_view why, steady_time now) {
  const metrics::labels of{{"source", source.name}, {"kind", std::string(reason_of(what))}};
  metrics::get_counter("egress_source_connection_failures_total", "connections that failed for their source's sake", of)->add();
  const auto& rule = what == source_trouble::unplumbed ? source.suspend_when_unplumbed : source.suspend_when_proxy_unhealthy;
  if (!rule) return false;
  auto is_suspended = gauge_of(source.name, what);  // not under our lock, for the registry has one
  {
    const std::lock_guard lock(guard_);
    auto& c = conditions_[{source.name, what}];
    if (c.until || !is_triggered(c, *rule, now)) return false;
    c.failures.clear();
    c.until = now + rule->duration;
    c.is_suspended = std::move(is_suspended);
    c.is_suspended->set(1);
    suspended_.fetch_add(1, std::memory_order_relaxed);
  }
  count_suspension(source.name, what);
  log::warn("queue", "source {} is suspended for {} ({}): {}", source.name, format_duration(rule->duration), reason_of(what), why);
  return true;
}

std::optional<steady_time> source_health::suspended_until(const std::string& source, steady_time now) const {
  if (suspended_.load(std::memory_order_relaxed) == 0) return std::nullopt;
  std::optional<steady_time> latest;
  const std::lock_guard lock(guard_);
  for (const auto what : {source_trouble::unplumbed, source_trouble::proxy_unhealthy}) {
    const auto at = conditions_.find({source, what});
    if (at == conditions_.end() || !at->second.until || *at->second.until <= now) continue;
    latest = std::max(latest.value_or(now), *at->second.until);
  }
  return latest;
}

void source_health::clear(steady_time now) {
  if (suspended_.load(std::memory_order_relaxed) == 0) return;
  std::vector<key> over;
  {
    const std::lock_guard lock(guard_);
    for (auto& [which, c] : conditions_) {
      if (!c.until || *c.until > now) continue;
      c.until.reset();
      c.is_suspended->set(0);
      suspended_.fetch_sub(1, std::memory_order_relaxed);
      over.push_back(which);
    }
  }
  for (const auto& [source, what] : over) log::info("queue", "source {} may be used again ({})", source, reason_of(what));
}

}  // namespace godwit::queue
