#include "key_cache.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include <godwit/host.hpp>

#include "timed.hpp"

namespace dkim {

namespace sdk = godwit::sdk;

key_result read_key_file(const std::string& path, algorithm how) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream bytes;
  if (in) bytes << in.rdbuf();
  if (!in || in.bad()) return {nullptr, "cannot read the key " + path + ": " + std::strerror(errno)};
  auto parsed = parse_private_key(bytes.str(), how);
  if (!parsed.key) parsed.problem = path + ": " + parsed.problem;
  return parsed;
}

std::optional<key_result> key_cache::find(const std::string& path, algorithm how) {
  lookups_.add();
  const std::lock_guard lock(mutex_);
  const auto at = entries_.find({path, how});
  const bool is_known = at != entries_.end() && at->second.expires > sdk::steady_now();
  (is_known ? hits_ : misses_).add();
  if (!is_known) return std::nullopt;
  return at->second.known;
}

key_result key_cache::fetch(const std::string& path, algorithm how) {
  const timed reading(fetch_);
  return read_key_file(path, how);
}

key_result key_cache::load(const std::string& path, algorithm how) {
  auto known = fetch(path, how);
  if (!known.key) sdk::log_error(known.problem);
  const auto now = sdk::steady_now();
  const std::lock_guard lock(mutex_);
  make_room(now);
  entries_[{path, how}] = {known, now + (known.key ? limits_.found_ttl : limits_.missing_ttl)};
  return known;
}

void key_cache::make_room(std::chrono::nanoseconds now) {
  if (entries_.size() < limits_.size) return;
  std::erase_if(entries_, [&](const auto& each) { return each.second.expires <= now; });
  if (entries_.size() >= limits_.size) entries_.clear();
}

}  // namespace dkim
