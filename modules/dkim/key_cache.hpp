#pragma once
// Private keys by file (Momentum: opendkim keycache_size, pos_keycache_ttl, neg_keycache_ttl). Any thread.

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include <godwit/metrics.hpp>

#include "key.hpp"

namespace dkim {

/// The private key in a file, PEM or DER. Blocks; the problem names the file.
key_result read_key_file(const std::string& path, algorithm how);

class key_cache {
 public:
  struct limits {
    std::size_t size = 2048;
    std::chrono::nanoseconds found_ttl{}, missing_ttl{};
  };
  explicit key_cache(limits l) : limits_(l) {}

  /// What is known; nothing: ask load().
  std::optional<key_result> find(const std::string& path, algorithm how);
  /// Reads the file, remembers the key or the problem, and logs the problem. Blocks.
  key_result load(const std::string& path, algorithm how);

 private:
  using name = std::pair<std::string, algorithm>;
  struct entry {
    key_result known;
    std::chrono::nanoseconds expires;
  };
  key_result fetch(const std::string& path, algorithm how);
  void make_room(std::chrono::nanoseconds now);

  const limits limits_;
  std::mutex mutex_;
  std::map<name, entry> entries_;
  godwit::sdk::counter lookups_{"dkim_signer_key_cache_lookup_count", "Keys asked for."};
  godwit::sdk::counter hits_{"dkim_signer_key_cache_hit", "Keys found in the cache, or known to be missing."};
  godwit::sdk::counter misses_{"dkim_signer_key_cache_miss", "Keys that had to be read."};
  godwit::sdk::histogram fetch_{"dkim_signer_key_fetch", "Reading of a key's file."};
};

}  // namespace dkim
