// Entry of the dkim module: settings, functions and methods. The work is in signer, verifier and their parts.

#include <godwit/module.hpp>

#include "auto_signer.hpp"
#include "signer_cache.hpp"
#include "signing.hpp"
#include "verification.hpp"

namespace dkim {

namespace sdk = godwit::sdk;
using sdk::option;

namespace {

/// What a script holds.
struct signer_object {
  signer_ref made;
};

const sdk::option_table& signer_table() {
  static const sdk::option_table table("dkim_signer", "A DKIM signer.", {
      option::text("domain").required().means("The signing domain: d=."),
      option::text("selector").required().means("The selector: s=."),
      option::text_list("headers").required().means("Names of the header fields to sign; From should be one of them."),
      option::any("key").required().means("The private key: a file name, or {key_data = \"...\"}."),
      option::text("atps").means("Authorised third-party signature domain: atps=."),
      option::text("atpsh").means("Hash of the atps domain: atpsh=."),
      option::text("agent_user_identifier").means("Agent or user identifier: i=."),
      option::integer("expiration").between(1, 1LL << 40).means("Seconds until the signature expires: x=."),
      option::boolean("body_length").fallback("false").means("Emit the body length: l=."),
      option::boolean("reporting").fallback("false").means("Ask for failure reports: r=y."),
      option::choice("header_canonicalization", {"Relaxed", "Simple"}).fallback("Relaxed").means("How header fields are canonicalised."),
      option::choice("body_canonicalization", {"Relaxed", "Simple"}).fallback("Relaxed").means("How the body is canonicalised."),
      option::duration("ttl").fallback("5m").means("How long the signer and its key are kept."),
      option::boolean("over_sign").fallback("false").means("Sign each listed field once more than it occurs, so that none can be added."),
  });
  return table;
}

}  // namespace

class dkim_module : public sdk::module {
 public:
  static const sdk::option_table& settings() { return sign_settings(); }

  explicit dkim_module(sdk::value_view settings) : auto_signer_(settings, signed_, times_) {}

  void init() override {
    if (!auto_signer_.is_idle()) {
      sign_at("smtp_server_message_received");
      sign_at("smtp_server_message_deferred_inject");
    }
    sdk::object_type<signer_object>("DkimSigner", "A DKIM signer made by kumo.dkim.rsa_sha256_signer or ed25519_signer.");
    declare_signer("rsa_sha256_signer", algorithm::rsa_sha256, "Makes a signer with RSA-SHA256.");
    declare_signer("ed25519_signer", algorithm::ed25519_sha256, "Makes a signer with Ed25519-SHA256.");
    sdk::method("Message", "dkim_sign").object("signer", "DkimSigner").needs_data()
        .does("Prepends a DKIM-Signature made by the signer.", [this](sdk::call& c) {
          sign(c.message(0), *c.object<signer_object>(1).made);
        });
    sdk::method("Message", "dkim_verify").any("resolver").optional().needs_data().suspends().returns("array")
        .does("Verifies up to 10 signatures; an array of authentication results.", [](sdk::call& c) {
          verification::start(c.message(0), c.defer());
        });
  }

  void start() override { auto_signer_.read_keys(); }

 private:
  /// What policies and other modules do to a message is signed as well.
  static constexpr int after_policies = 1000;

  void sign_at(std::string_view event) {
    sdk::on(event, [this](sdk::call& c) { auto_signer_.handle(c); }, {.priority = after_policies, .needs_data = true});
  }

  void declare_signer(std::string_view name, algorithm how, std::string_view summary) {
    sdk::function("kumo.dkim", name).options("params", signer_table()).returns("DkimSigner").does(
        summary, [this, how](sdk::call& c) {
          c.answer_object("DkimSigner", std::make_unique<signer_object>(signer_object{signers_.get(how, c.argument(0))}));
        });
  }

  void sign(sdk::message_view m, const signer& with) {
    const auto header = signing(m, times_).sign_with(with);
    if (header.empty()) throw sdk::failure("the key of " + with.options().domain + " cannot sign");
    m.prepend_header("DKIM-Signature", header);
    signed_.add();
  }

  signer_cache signers_;
  sign_metrics times_;
  sdk::counter signed_{"godwit_dkim_signed_total", "Signatures made."};
  auto_signer auto_signer_;
};

}  // namespace dkim

GODWIT_MODULE(dkim::dkim_module, "dkim", "1.0", "Signs and verifies DKIM (RFC 6376, RFC 8463).")
