#pragma once
// Signers by their parameters, kept for their ttl: policies make a signer per message, and parsing a key costs more
// than using it (reference: dkim_signer_cache). Shared by all loops.

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include <godwit/metrics.hpp>
#include <godwit/value.hpp>

#include "signer.hpp"

namespace dkim {

using signer_ref = std::shared_ptr<const signer>;

class signer_cache {
 public:
  static constexpr std::size_t capacity = 1024;

  /// `params` have passed the option table. Throws godwit::sdk::failure when the key cannot be read.
  signer_ref get(algorithm how, godwit::sdk::value_view params);

 private:
  struct entry {
    signer_ref made;
    std::chrono::nanoseconds expires;
  };
  std::mutex mutex_;
  std::unordered_map<std::string, entry> entries_;
  godwit::sdk::counter lookups_{"dkim_signer_cache_lookup_count", "Signers asked for."};
  godwit::sdk::counter hits_{"dkim_signer_cache_hit", "Signers found in the cache."};
  godwit::sdk::counter misses_{"dkim_signer_cache_miss", "Signers that were made."};
  godwit::sdk::histogram creation_{"dkim_signer_creation", "Making of a signer, its key included."};
};

}  // namespace dkim
