// Whatever message is signed, however it is canonicalised, the signature verifies; and a body hashes alike in one
// piece and in many. The first byte chooses canonicalisations, over-signing and body length.
#include <openssl/evp.h>

#include <string>

#include "dkim/signer.hpp"
#include "dkim/verifier.hpp"
#include "target.hpp"

using godwit::fuzz::require;

namespace {

constexpr std::int64_t now = 1'800'000'000;

const dkim::key_ref& signing_key() {
  static const dkim::key_ref key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), dkim::release_key{});
  return key;
}

const std::string& key_record() {
  static const auto record = [] {
    std::size_t size = 32;
    std::string raw(size, '\0');
    EVP_PKEY_get_raw_public_key(signing_key().get(), reinterpret_cast<unsigned char*>(raw.data()), &size);
    return "v=DKIM1; k=ed25519; p=" + dkim::base64_encode(raw);
  }();
  return record;
}

dkim::canonicalization chosen(unsigned bit) { return bit ? dkim::canonicalization::relaxed : dkim::canonicalization::simple; }

dkim::signer_options options_of(unsigned choice) {
  dkim::signer_options o;
  o.how = dkim::algorithm::ed25519_sha256;
  o.domain = "signer.test";
  o.selector = "s";
  o.headers = {"From", "Subject", "X", "Absent"};
  o.header_canonicalization = chosen(choice & 1);
  o.body_canonicalization = chosen(choice & 2);
  o.over_sign = choice & 4;
  o.body_length = choice & 8;
  return o;
}

std::string hashed(std::string_view body, dkim::canonicalization how, std::size_t piece) {
  dkim::body_hasher hasher(how);
  for (std::size_t at = 0; at < body.size(); at += piece) hasher.update(body.substr(at, piece));
  return hasher.finish();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const auto options = options_of(data[0]);
  auto rest = godwit::fuzz::text_of(data + 1, size - 1);
  const auto fields = godwit::fuzz::take_part(rest);
  // The server puts its field only in front of another one, never in front of a continuation line.
  if (fields.starts_with(' ') || fields.starts_with('\t')) return 0;

  require(hashed(rest, options.body_canonicalization, 3) == hashed(rest, options.body_canonicalization, rest.size() + 1));
  const std::string block = "From: a@signer.test\r\n" + std::string(fields);
  const auto value = dkim::signer(options, signing_key()).sign(block, rest, now);
  require(!value.empty());
  const auto signed_block = "DKIM-Signature: " + value + "\r\n" + block;
  dkim::verifier verifier(signed_block, rest, now);
  const auto& signatures = verifier.signatures();
  require(!signatures.empty());
  require(verifier.check(signatures.front(), {dkim::key_lookup::state::found, {key_record()}}).result == "pass");
  return 0;
}
