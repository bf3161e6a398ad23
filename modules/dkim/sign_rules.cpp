#include "sign_rules.hpp"

#include <algorithm>

#include <godwit/message.hpp>

#include "author.hpp"

namespace dkim {

namespace sdk = godwit::sdk;
using sdk::failure;
using sdk::option;
using sdk::option_table;
using sdk::value_view;

namespace {

/// RFC 6376 section 5.4.1, and what readers act upon.
const std::vector<std::string> usual_headers{
    "From",         "Reply-To",     "Subject",     "Date",    "To",           "Cc",
    "Message-ID",   "In-Reply-To",  "References",  "List-Id", "MIME-Version", "Content-Type",
    "Content-Transfer-Encoding",    "List-Unsubscribe",       "List-Unsubscribe-Post"};

/// One table for base, domain and signature, so that what holds for one holds for all.
const option_table& signing_options() {
  static const option_table table("dkim_signing", "How messages are signed; what is not set comes from base.", {
      option::text("selector").means("The selector: s=. Required, here or in base."),
      option::text("key").means("File of the private key, PEM or DER; %{d} is the signing domain, %{s} the selector. Required, here or in base."),
      option::choice("digest", {"rsa-sha256", "ed25519-sha256"}).means("The algorithm: a=; default rsa-sha256."),
      option::choice("header_canon", {"relaxed", "simple"}).means("How header fields are canonicalised; default relaxed."),
      option::choice("body_canon", {"relaxed", "simple"}).means("How the body is canonicalised; default relaxed."),
      option::text_list("headerlist").means("Fields that are signed, each as often as it occurs; From must be among them."),
      option::text_list("oversign_headerlist").means("Fields of headerlist that are signed once more, so that none can be added; default From."),
      option::boolean("body_length_limit").means("Emit the body length: l=; default false."),
      option::duration("lifetime").between(0, INT64_MAX).means("Time until the signature expires: x=; default 0, never."),
      option::text("sign_condition").means("Sign only when the message or its connection has this metadata."),
      option::text("base_domain").means("The signing domain, d=, in place of the author's; not in base."),
      option::text_list("additional_signatures").means("Names of signature tables that sign as well; not in signature."),
      option::choice("policy", {"Always", "OnlyIfMissingDomainBlock"})
          .means("When an additional signature is made; default Always; only in signature."),
  });
  return table;
}

/// A table over base.
class layered {
 public:
  layered(value_view own, value_view base) : own_(own), base_(base) {}
  value_view operator[](std::string_view name) const {
    const auto v = own_[name];
    return v.is_null() ? base_[name] : v;
  }
  std::string required(std::string_view name, const std::string& path) const {
    const auto v = (*this)[name];
    if (!v.is_text() || v.text().empty()) throw failure(path + "." + std::string(name) + ": is required, here or in base");
    return std::string(v.text());
  }

 private:
  value_view own_, base_;
};

void refuse(value_view table, const std::string& path, std::string_view name, std::string_view why) {
  if (!table[name].is_null()) throw failure(path + "." + std::string(name) + ": " + std::string(why));
}

bool has_name(const std::vector<std::string>& names, std::string_view wanted) {
  return std::any_of(names.begin(), names.end(), [&](const auto& n) { return sdk::same_name(n, wanted); });
}

void check_macros(const std::string& key, const std::string& path) {
  for (auto at = key.find("%{"); at != std::string::npos; at = key.find("%{", at + 2)) {
    if (key.compare(at, 4, "%{d}") != 0 && key.compare(at, 4, "%{s}") != 0)
      throw failure(path + ".key: knows %{d}, the domain, and %{s}, the selector, and no other macro");
  }
}

canonicalization read_canon(value_view v) {
  return v.text() == "simple" ? canonicalization::simple : canonicalization::relaxed;
}

std::vector<std::string> read_names(value_view v, const std::vector<std::string>& fallback) {
  return v.is_null() ? fallback : v.text_list();
}

signer_options read_options(const layered& t, const std::string& path) {
  signer_options o;
  o.how = t["digest"].text() == "ed25519-sha256" ? algorithm::ed25519_sha256 : algorithm::rsa_sha256;
  o.selector = t.required("selector", path);
  o.header_canonicalization = read_canon(t["header_canon"]);
  o.body_canonicalization = read_canon(t["body_canon"]);
  o.headers = read_names(t["headerlist"], usual_headers);
  o.every_instance = true;
  o.over_signed = read_names(t["oversign_headerlist"], {"From"});
  o.body_length = t["body_length_limit"].boolean();
  const auto lifetime = std::chrono::duration_cast<std::chrono::seconds>(t["lifetime"].duration());
  if (lifetime.count() > 0) o.expiration = static_cast<std::uint64_t>(lifetime.count());
  if (!has_name(o.headers, "From")) throw failure(path + ".headerlist: must have From (RFC 6376 section 5.4)");
  for (const auto& name : o.over_signed)
    if (!has_name(o.headers, name)) throw failure(path + ".oversign_headerlist: " + name + " is not in headerlist");
  return o;
}

signature_rule read_rule(value_view own, value_view base, const std::string& path) {
  const layered t(own, base);
  signature_rule r;
  r.options = read_options(t, path);
  r.key_path = t.required("key", path);
  r.sign_condition = t["sign_condition"].text();
  r.options.domain = lower_case(own["base_domain"].text());
  check_macros(r.key_path, path);
  if (!r.options.domain.empty() && !is_host_name(r.options.domain))
    throw failure(path + ".base_domain: \"" + r.options.domain + "\" is no domain name");
  return r;
}

/// Reads the tables of one configuration.
class reader {
 public:
  explicit reader(value_view settings) : base_(settings["base"]), signatures_(settings["signature"]) {
    refuse(base_, "base", "base_domain", "belongs into domain or signature");
    refuse(base_, "base", "policy", "belongs into signature");
  }

  signature_rules of_domain(std::string_view name, value_view own) const {
    const auto path = "domain." + std::string(name);
    if (!is_host_name(name.starts_with("*.") ? name.substr(2) : name))
      throw failure(path + ": write a domain name, or *. and one");
    refuse(own, path, "policy", "belongs into signature");
    signature_rules all{read_rule(own, base_, path)};
    const auto has_own = !own["additional_signatures"].is_null();
    add_signatures(all, (has_own ? own : base_)["additional_signatures"], has_own ? path : "base", true);
    return all;
  }

  signature_rules elsewhere() const {
    signature_rules all;
    add_signatures(all, base_["additional_signatures"], "base", false);
    return all;
  }

 private:
  void add_signatures(signature_rules& to, value_view names, const std::string& path, bool has_table) const {
    for (const auto& name : names.text_list()) {
      const auto own = signatures_[name];
      if (own.is_null()) throw failure(path + ".additional_signatures: there is no table signature." + name);
      const auto where = "signature." + name;
      refuse(own, where, "additional_signatures", "belongs into base or domain");
      const bool is_substitute = own["policy"].text() == "OnlyIfMissingDomainBlock";
      auto rule = read_rule(own, base_, where);
      if (is_substitute && rule.options.domain.empty())
        throw failure(where + ".base_domain: is required with policy OnlyIfMissingDomainBlock");
      // Without a domain of its own it would sign for whoever writes.
      if (has_table ? !is_substitute : !rule.options.domain.empty()) to.push_back(std::move(rule));
    }
  }

  value_view base_, signatures_;
};

void replace_all(std::string& text, std::string_view macro, const std::string& by) {
  for (auto at = text.find(macro); at != std::string::npos; at = text.find(macro, at + by.size()))
    text.replace(at, macro.size(), by);
}

}  // namespace

const option_table& sign_settings() {
  static const option_table table("dkim", "Signs mail by configuration alone; see also kumo.dkim.", {
      option::table("base", signing_options()).means("What holds where a domain or signature says nothing."),
      option::table_map("domain", signing_options()).fallback("{}").means("Domains that are signed: by name, or \"*.example.com\" for all below."),
      option::table_map("signature", signing_options()).fallback("{}").means("Further signatures, by the names that additional_signatures uses."),
      option::choice("fallback", {"None", "Sender", "Envelope"})
          .fallback("None")
          .means("Whose domain counts when From has none that is signed: nobody's, the Sender field's, or the envelope "
                 "sender's."),
      option::choice("missing_key", {"TempFail", "Unsigned"})
          .fallback("TempFail")
          .means("What becomes of a message whose key cannot be used: 451, or no such signature."),
      option::integer("keycache_size").fallback("2048").between(1, 1'000'000).means("Keys kept in memory."),
      option::duration("pos_keycache_ttl").fallback("5m").means("How long a key is kept."),
      option::duration("neg_keycache_ttl").fallback("1m").means("How long it is remembered that a key cannot be used."),
  });
  return table;
}

signature_rule signature_rule::for_domain(const std::string& domain) const {
  auto made = *this;
  if (made.options.domain.empty()) made.options.domain = domain;
  replace_all(made.key_path, "%{d}", made.options.domain);
  replace_all(made.key_path, "%{s}", made.options.selector);
  return made;
}

sign_rules::sign_rules(value_view settings) {
  const reader from(settings);
  const auto domains = settings["domain"];
  for (std::size_t i = 0; i < domains.size(); ++i)
    by_domain_[lower_case(domains.key(i))] = from.of_domain(domains.key(i), domains[i]);
  elsewhere_ = from.elsewhere();
}

const signature_rules* sign_rules::table_of(std::string_view domain) const {
  if (const auto at = by_domain_.find(domain); at != by_domain_.end()) return &at->second;
  for (auto dot = domain.find('.'); dot != std::string_view::npos; dot = domain.find('.', dot + 1)) {
    const auto at = by_domain_.find("*" + std::string(domain.substr(dot)));
    if (at != by_domain_.end()) return &at->second;
  }
  return nullptr;
}

signature_rules sign_rules::signatures_for(const std::string& domain) const {
  const auto* table = table_of(domain);
  signature_rules made;
  for (const auto& rule : table ? *table : elsewhere_) made.push_back(rule.for_domain(domain));
  return made;
}

signature_rules sign_rules::known_signatures() const {
  signature_rules all;
  for (const auto& rule : elsewhere_) all.push_back(rule.for_domain(""));
  for (const auto& [domain, rules] : by_domain_) {
    for (const auto& rule : rules)
      if (!domain.starts_with("*.") || !rule.options.domain.empty()) all.push_back(rule.for_domain(domain));
  }
  return all;
}

}  // namespace dkim
