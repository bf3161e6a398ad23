#pragma once
// Signs what the configuration says (sign_rules), without a script: the handler of smtp_server_message_received.

#include <functional>
#include <string>
#include <vector>

#include <godwit/call.hpp>
#include <godwit/metrics.hpp>

#include "key_cache.hpp"
#include "sign_rules.hpp"
#include "signing.hpp"

namespace dkim {

/// Shared by all loops: constant but for the key cache.
class auto_signer {
 public:
  /// `signed_total` counts signatures, those of scripts too. Throws godwit::sdk::failure.
  auto_signer(godwit::sdk::value_view settings, godwit::sdk::counter& signed_total, sign_metrics& times);

  bool is_idle() const { return rules_.empty(); }
  /// Message, connection. Keys that are not in memory are read on the blocking pool.
  void handle(godwit::sdk::call& c);
  /// Reads the keys whose files are known, so that a missing one is in the log before mail comes. Blocks.
  void read_keys();

 private:
  enum class domain_source { from, sender, envelope };
  using keys = std::vector<key_result>;

  std::string author_of(godwit::sdk::message_view m) const;
  signature_rules applicable(godwit::sdk::message_view m, godwit::sdk::connection_view c) const;
  keys load(const signature_rules& rules);
  godwit::sdk::verdict sign(godwit::sdk::message_view m, const signature_rules& rules, const keys& with);

  const sign_rules rules_;
  const domain_source fallback_;
  const bool signs_or_defers_;
  key_cache keys_;
  godwit::sdk::counter& signed_;
  sign_metrics& times_;
  godwit::sdk::counter failures_{"godwit_dkim_key_failures_total", "Signatures that were not made for want of a usable key."};
};

}  // namespace dkim
