#include "metrics/registry.hpp"

#include <algorithm>
#include <cctype>
#include <map>
#include <mutex>
#include <variant>

#include "base/internal_error.hpp"
#include "metrics/catalogue.hpp"
#include "metrics/export.hpp"
#include "metrics/exposition.hpp"

namespace godwit::metrics {
namespace {

struct registry {
  std::mutex guard;
  std::map<std::string, family, std::less<>> families;
};

/// Never destroyed: late threads may still count.
registry& the_registry() {
  static auto* instance = new registry;
  return *instance;
}

template <class Kind>
std::shared_ptr<Kind> get(std::string_view name, std::string_view help, labels l) {
  std::sort(l.begin(), l.end());
  registry& r = the_registry();
  const std::lock_guard lock(r.guard);
  auto at = r.families.find(name);
  if (at == r.families.end()) {
    at = r.families.emplace(name, family{}).first;
    const auto* doc = find_doc(name);
    at->second.help = doc ? doc->help : help;
  } else if (!std::holds_alternative<std::shared_ptr<Kind>>(at->second.members.begin()->second)) {
    // Two types under one name cannot be exposed; the first to register decides.
    on_internal_error(fmt::format("metric {} is registered with two types", name));
  }
  series& member = at->second.members[std::move(l)];
  if (member.index() == 0) member = std::make_shared<Kind>();
  return std::get<std::shared_ptr<Kind>>(member);
}

}  // namespace

void histogram::observe(double seconds) {
  const auto at = std::lower_bound(bounds.begin(), bounds.end(), seconds) - bounds.begin();
  buckets_[static_cast<std::size_t>(at)].fetch_add(1, std::memory_order_relaxed);
  if (seconds > 0) sum_us_.fetch_add(static_cast<std::uint64_t>(seconds * 1e6), std::memory_order_relaxed);
}

std::array<std::uint64_t, 12> histogram::buckets() const {
  std::array<std::uint64_t, 12> out;
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = buckets_[i].load(std::memory_order_relaxed);
  return out;
}

double histogram::sum() const { return static_cast<double>(sum_us_.load(std::memory_order_relaxed)) / 1e6; }

std::shared_ptr<counter> get_counter(std::string_view name, std::string_view help, labels l) {
  return get<counter>(name, help, std::move(l));
}

std::shared_ptr<gauge> get_gauge(std::string_view name, std::string_view help, labels l) {
  return get<gauge>(name, help, std::move(l));
}

std::shared_ptr<histogram> get_histogram(std::string_view name, std::string_view help, labels l) {
  return get<histogram>(name, help, std::move(l));
}

void prune(std::string_view name, const labels& l) {
  labels sorted = l;
  std::sort(sorted.begin(), sorted.end());
  registry& r = the_registry();
  const std::lock_guard lock(r.guard);
  const auto at = r.families.find(name);
  if (at == r.families.end()) return;
  at->second.members.erase(sorted);
  if (at->second.members.empty()) r.families.erase(at);
}

namespace {

/// Formatting a hundred thousand series takes a while: nobody should wait for it to get a counter.
std::map<std::string, family, std::less<>> copy_families() {
  registry& r = the_registry();
  const std::lock_guard lock(r.guard);
  return r.families;
}

}  // namespace

std::string expose_text() { return expose_text(std::string_view()); }

std::string expose_text(std::string_view prefix) {
  fmt::memory_buffer out;
  for (const auto& [name, members] : copy_families()) append_family(out, fmt::format("{}{}", prefix, name), members);
  return fmt::to_string(out);
}

std::string expose_json() {
  fmt::memory_buffer out;
  char separator = '{';
  for (const auto& [name, members] : copy_families()) {
    out.push_back(std::exchange(separator, ','));
    append_family_json(out, name, members);
  }
  if (separator == '{') out.push_back('{');
  out.push_back('}');
  return fmt::to_string(out);
}

bool is_valid_prefix(std::string_view prefix) {
  const auto fits = [](unsigned char c) { return std::isalnum(c) || c == '_' || c == ':'; };
  return prefix.empty() || (std::all_of(prefix.begin(), prefix.end(), fits) && !std::isdigit(static_cast<unsigned char>(prefix.front())));
}

}  // namespace godwit::metrics
