#include "signer.hpp"

#include <doctest/doctest.h>

#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "digest.hpp"
#include "verifier.hpp"

using namespace dkim;

namespace {

constexpr std::int64_t now = 1'800'000'000;

key_ref make_key(algorithm how, unsigned bits = 2048) {
  EVP_PKEY* key = how == algorithm::rsa_sha256 ? EVP_RSA_gen(bits) : EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
  return key_ref(key, release_key{});
}

std::string public_record(const key_ref& key, algorithm how) {
  std::string der;
  if (how == algorithm::ed25519_sha256) {
    std::size_t size = 32;
    der.resize(size);
    EVP_PKEY_get_raw_public_key(key.get(), reinterpret_cast<unsigned char*>(der.data()), &size);
  } else {
    der.resize(static_cast<std::size_t>(i2d_PUBKEY(key.get(), nullptr)));
    auto* at = reinterpret_cast<unsigned char*>(der.data());
    i2d_PUBKEY(key.get(), &at);
  }
  return "v=DKIM1; k=" + std::string(how == algorithm::rsa_sha256 ? "rsa" : "ed25519") + "; p=" + base64_encode(der);
}

const key_ref& rsa_key() {
  static const auto key = make_key(algorithm::rsa_sha256);
  return key;
}

signer_options sample_options() {
  signer_options o;
  o.domain = "example.com";
  o.selector = "s1";
  o.headers = {"From", "To", "Subject", "X-Absent"};
  return o;
}

const std::string headers =
    "Received: from x\r\nFrom: A <a@example.com>\r\nTo: b@example.net,\r\n c@example.net\r\nSubject:  folded \r\n\tsubject\r\n\r\n";
const std::string body = "Hello  world \r\n.leading dot\r\n\r\n8-bit: \xc3\xa4\r\n\r\n\r\n";

verdict verify_signed(const std::string& signature_header, const std::string& block, const std::string& text,
                      const std::string& record, std::int64_t at = now) {
  const auto all = "DKIM-Signature: " + signature_header + "\r\n" + block;
  verifier v(all, text, at);
  REQUIRE(v.signatures().size() == 1);
  return v.check(v.signatures()[0], {key_lookup::state::found, {record}});
}

}  // namespace

TEST_CASE("what is signed verifies, in every algorithm and canonicalisation") {
  for (const auto how : {algorithm::rsa_sha256, algorithm::ed25519_sha256}) {
    const auto key = how == algorithm::rsa_sha256 ? rsa_key() : make_key(how);
    for (const auto h : {canonicalization::simple, canonicalization::relaxed}) {
      for (const auto b : {canonicalization::simple, canonicalization::relaxed}) {
        auto o = sample_options();
        o.how = how;
        o.header_canonicalization = h;
        o.body_canonicalization = b;
        o.over_sign = true;
        o.agent_user_identifier = "news@mail.example.com";
        o.expiration = 3600;
        o.body_length = true;
        const auto made = signer(o, key).sign(headers, body, now);
        const auto v = verify_signed(made, headers, body, public_record(key, how));
        CHECK_MESSAGE(v.result == "pass", v.reason);
      }
    }
  }
}

TEST_CASE("no line of the field is longer than 78 columns") {
  const auto made = signer(sample_options(), rsa_key()).sign(headers, body, now);
  std::size_t at = 0;
  const auto field = "DKIM-Signature: " + made;
  while (at < field.size()) {
    auto end = field.find("\r\n", at);
    if (end == std::string::npos) end = field.size();
    CHECK(end - at <= 78);
    at = end + 2;
  }
}

TEST_CASE("changed headers, bodies and added headers are noticed") {
  auto o = sample_options();
  o.over_sign = true;
  const auto made = signer(o, rsa_key()).sign(headers, body, now);
  const auto record = public_record(rsa_key(), algorithm::rsa_sha256);
  CHECK(verify_signed(made, headers, body + "more\r\n", record).reason == "body hash did not verify");
  auto changed = headers;
  changed.replace(changed.find("b@example"), 1, "x");
  CHECK(verify_signed(made, changed, body, record).reason == "signature did not verify");
  CHECK(verify_signed(made, "Subject: added\r\n" + headers, body, record).result == "fail");
  CHECK(verify_signed(made, "X-Unsigned: added\r\n" + headers, body, record).result == "pass");
}

TEST_CASE("every reason for not verifying has its own result") {
  auto o = sample_options();
  o.expiration = 60;
  const auto made = signer(o, rsa_key()).sign(headers, body, now);
  const auto record = public_record(rsa_key(), algorithm::rsa_sha256);
  CHECK(verify_signed(made, headers, body, record, now + 61).reason == "signature expired");
  CHECK(verify_signed(made, headers, body, "v=DKIM1; p=").reason == "key revoked");
  CHECK(verify_signed(made, headers, body, "v=DKIM1; k=ed25519; p=AAAA").reason == "inappropriate key algorithm");
  CHECK(verify_signed(made, headers, body, "v=DKIM1; h=sha1; p=AAAA").reason == "inappropriate hash algorithm");
  CHECK(verify_signed(made, headers, body, "nonsense").reason == "key syntax error");
  verifier v("DKIM-Signature: " + made + "\r\n" + headers, body, now);
  CHECK(v.check(v.signatures()[0], {key_lookup::state::failed, {}}).result == "temperror");
  CHECK(v.check(v.signatures()[0], {key_lookup::state::absent, {}}).reason == "no key for signature");
}

TEST_CASE("malformed signature fields are permanent errors") {
  for (const auto* field : {"v=1", "v=2; a=rsa-sha256; b=x; bh=x; d=d; h=from; s=s", "a=b=c;;;=", "v=1; v=1",
                            "v=1; a=rsa-sha1; b=x; bh=x; d=d; h=from; s=s", "v=1; a=rsa-sha256; b=x; bh=x; d=d; h=to; s=s",
                            "v=1; a=rsa-sha256; b=x; bh=x; d=d.org; h=from; s=s; i=@other.org",
                            "v=1; a=rsa-sha256; b=x; bh=x; d=d; h=from; s=s; l=-1"}) {
    CAPTURE(field);
    CHECK(verify_signed(field, headers, body, "v=DKIM1; p=AAAA").result == "permerror");
  }
}

TEST_CASE("a key that is too short does not count") {
  const auto key = make_key(algorithm::rsa_sha256, 768);
  const auto made = signer(sample_options(), key).sign(headers, body, now);
  CHECK(verify_signed(made, headers, body, public_record(key, algorithm::rsa_sha256)).result == "policy");
}

TEST_CASE("private keys: PEM and DER are read, others say what is wrong") {
  std::string der(static_cast<std::size_t>(i2d_PrivateKey(rsa_key().get(), nullptr)), '\0');
  auto* at = reinterpret_cast<unsigned char*>(der.data());
  i2d_PrivateKey(rsa_key().get(), &at);
  CHECK(parse_private_key(der, algorithm::rsa_sha256).key);
  CHECK(parse_private_key(der, algorithm::ed25519_sha256).problem == "the private key is not for ed25519-sha256");
  CHECK(parse_private_key("garbage", algorithm::rsa_sha256).problem == "the private key is neither PEM nor PKCS#8 DER");
}
