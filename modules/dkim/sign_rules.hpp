#pragma once
// Which signatures a message gets: the tables of [modules.dkim], merged. Names of options are Momentum's (module opendkim),
// the tables and their merging KumoMTA's.

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <godwit/options.hpp>

#include "signer.hpp"

namespace dkim {

/// Settings of the module.
const godwit::sdk::option_table& sign_settings();

/// One signature, complete but for the content of its key.
struct signature_rule {
  signer_options options;      ///< domain is that of the message until for_domain() says otherwise
  std::string key_path;        ///< may hold %{d} and %{s} until then
  std::string sign_condition;  ///< metadata that has to be there; empty: always

  signature_rule for_domain(const std::string& domain) const;
};
using signature_rules = std::vector<signature_rule>;

/// Immutable: one serves every message and thread.
class sign_rules {
 public:
  /// Throws godwit::sdk::failure "PATH: what is wrong"; `settings` have passed sign_settings().
  explicit sign_rules(godwit::sdk::value_view settings);

  /// Nothing will ever be signed.
  bool empty() const { return by_domain_.empty() && elsewhere_.empty(); }
  /// Whether a table of [modules.dkim.domain] covers it.
  bool has_table(std::string_view domain) const { return table_of(domain) != nullptr; }
  /// For a message of this author; an empty domain: nobody knows whose it is.
  signature_rules signatures_for(const std::string& domain) const;
  /// All whose key file is known without a message.
  signature_rules known_signatures() const;

 private:
  const signature_rules* table_of(std::string_view domain) const;

  std::map<std::string, signature_rules, std::less<>> by_domain_;  ///< "example.com", "*.example.com"
  signature_rules elsewhere_;                                      ///< for domains without a table
};

}  // namespace dkim
