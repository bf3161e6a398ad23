#include "signer_cache.hpp"

#include "key_cache.hpp"
#include "timed.hpp"

namespace dkim {

namespace sdk = godwit::sdk;

namespace {

/// KeySource: a file name, or {key_data = bytes}.
key_result load_key(sdk::value_view source, algorithm how) {
  if (const auto data = source["key_data"]; data.is_text()) return parse_private_key(data.text(), how);
  if (!source.is_text()) throw sdk::failure("key must be a file name or {key_data = \"...\"}");
  return read_key_file(std::string(source.text()), how);
}

canonicalization read_canonicalization(sdk::value_view v) {
  return v.text() == "Simple" ? canonicalization::simple : canonicalization::relaxed;
}

signer_options read_options(algorithm how, sdk::value_view params) {
  signer_options o;
  o.how = how;
  o.domain = params["domain"].text();
  o.selector = params["selector"].text();
  o.headers = params["headers"].text_list();
  o.atps = params["atps"].optional_text();
  o.atpsh = params["atpsh"].optional_text();
  o.agent_user_identifier = params["agent_user_identifier"].optional_text();
  if (!params["expiration"].is_null()) o.expiration = static_cast<std::uint64_t>(params["expiration"].integer());
  o.body_length = params["body_length"].boolean();
  o.reporting = params["reporting"].boolean();
  o.header_canonicalization = read_canonicalization(params["header_canonicalization"]);
  o.body_canonicalization = read_canonicalization(params["body_canonicalization"]);
  o.over_sign = params["over_sign"].boolean();
  return o;
}

}  // namespace

signer_ref signer_cache::get(algorithm how, sdk::value_view params) {
  const auto name = std::string(algorithm_name(how)) + params.json();
  const auto now = sdk::steady_now();
  lookups_.add();
  {
    const std::lock_guard lock(mutex_);
    if (const auto at = entries_.find(name); at != entries_.end() && at->second.expires > now) {
      hits_.add();
      return at->second.made;
    }
  }
  misses_.add();
  const timed making(creation_);
  auto parsed = load_key(params["key"], how);
  if (!parsed.key) throw sdk::failure(parsed.problem);
  auto made = std::make_shared<const signer>(read_options(how, params), std::move(parsed.key));
  const std::lock_guard lock(mutex_);
  if (entries_.size() >= capacity) entries_.clear();
  entries_[name] = {made, now + params["ttl"].duration()};
  return made;
}

}  // namespace dkim
