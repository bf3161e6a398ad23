#include "sign_rules.hpp"

#include <doctest/doctest.h>

#include <godwit/testing/fake_host.hpp>

#include "author.hpp"

using namespace dkim;
using godwit::sdk::failure;
using godwit::sdk::testing::fake_host;

namespace {

sign_rules rules_of(fake_host& host, std::string_view json) { return sign_rules(host.parse(sign_settings(), json).view()); }

std::string refusal(std::string_view json) {
  fake_host host;
  try {
    rules_of(host, json);
  } catch (const failure& e) {
    return e.what();
  }
  return "";
}

}  // namespace

TEST_CASE("without tables nothing is signed") {
  fake_host host;
  CHECK(rules_of(host, "{}").empty());
  CHECK(rules_of(host, R"({"base": {"selector": "s"}})").empty());
}

TEST_CASE("a domain takes from base what it does not say itself") {
  fake_host host;
  const auto rules = rules_of(host, R"({
    "base": {"selector": "s1", "key": "/k/%{d}/%{s}.key", "header_canon": "simple", "lifetime": "2d", "headerlist": ["From", "To"]},
    "domain": {"example.com": {}, "Example.ORG": {"selector": "o", "header_canon": "Relaxed", "digest": "ed25519-sha256"}}})");
  const auto com = rules.signatures_for("example.com");
  REQUIRE(com.size() == 1);
  CHECK(com[0].key_path == "/k/example.com/s1.key");
  CHECK(com[0].options.domain == "example.com");
  CHECK(com[0].options.header_canonicalization == canonicalization::simple);
  CHECK(com[0].options.body_canonicalization == canonicalization::relaxed);
  CHECK(com[0].options.expiration == 172800);
  CHECK(com[0].options.headers == std::vector<std::string>{"From", "To"});
  CHECK(com[0].options.over_signed == std::vector<std::string>{"From"});
  const auto org = rules.signatures_for("example.org");
  REQUIRE(org.size() == 1);
  CHECK(org[0].key_path == "/k/example.org/o.key");
  CHECK(org[0].options.how == algorithm::ed25519_sha256);
  CHECK(org[0].options.header_canonicalization == canonicalization::relaxed);
  CHECK(rules.signatures_for("example.net").empty());
  CHECK(rules.signatures_for("").empty());
}

TEST_CASE("a wildcard covers what is below it, the nearest one wins, a name beats both") {
  fake_host host;
  const auto rules = rules_of(host, R"({"base": {"key": "/k/%{d}"}, "domain": {
    "*.example.com": {"selector": "wide", "base_domain": "example.com"}, "*.b.example.com": {"selector": "near"},
    "a.b.example.com": {"selector": "exact"}}})");
  CHECK(rules.signatures_for("x.example.com").at(0).options.selector == "wide");
  CHECK(rules.signatures_for("x.example.com").at(0).options.domain == "example.com");
  CHECK(rules.signatures_for("x.b.example.com").at(0).options.selector == "near");
  CHECK(rules.signatures_for("x.b.example.com").at(0).key_path == "/k/x.b.example.com");
  CHECK(rules.signatures_for("a.b.example.com").at(0).options.selector == "exact");
  CHECK(rules.signatures_for("example.com").empty());
  CHECK(rules.known_signatures().size() == 2);
}

TEST_CASE("additional signatures: with every domain that has a table, or in its place") {
  fake_host host;
  const auto rules = rules_of(host, R"({
    "base": {"selector": "s", "key": "/k/%{d}/%{s}", "additional_signatures": ["ed", "esp", "stray"]},
    "domain": {"example.com": {}, "plain.test": {"additional_signatures": []}},
    "signature": {
      "ed": {"selector": "e", "digest": "ed25519-sha256"},
      "esp": {"base_domain": "esp.test"},
      "stray": {"base_domain": "stray.test", "policy": "OnlyIfMissingDomainBlock"}}})");
  const auto with_table = rules.signatures_for("example.com");
  REQUIRE(with_table.size() == 3);
  CHECK(with_table[0].key_path == "/k/example.com/s");
  CHECK(with_table[1].key_path == "/k/example.com/e");
  CHECK(with_table[1].options.how == algorithm::ed25519_sha256);
  CHECK(with_table[2].key_path == "/k/esp.test/s");
  CHECK(rules.signatures_for("plain.test").size() == 1);
  const auto without = rules.signatures_for("other.test");
  REQUIRE(without.size() == 2);
  CHECK(without[0].options.domain == "esp.test");
  CHECK(without[1].options.domain == "stray.test");
}

TEST_CASE("what does not fit together is refused with its path") {
  CHECK(refusal(R"({"domain": {"a.test": {"key": "/k"}}})") == "domain.a.test.selector: is required, here or in base");
  CHECK(refusal(R"({"domain": {"a.test": {"selector": "s"}}})") == "domain.a.test.key: is required, here or in base");
  const std::string base = R"("base": {"selector": "s", "key": "/k"})";
  CHECK(refusal("{" + base + R"(, "domain": {"a b": {}}})").starts_with("domain.a b: write a domain name"));
  CHECK(refusal("{" + base + R"(, "domain": {"a.test": {"key": "/%{x}"}}})").starts_with("domain.a.test.key: knows %{d}"));
  CHECK(refusal("{" + base + R"(, "domain": {"a.test": {"headerlist": ["To"]}}})").starts_with("domain.a.test.headerlist: must have From"));
  CHECK(refusal("{" + base + R"(, "domain": {"a.test": {"oversign_headerlist": ["X-No"]}}})").find("X-No is not in headerlist") != std::string::npos);
  CHECK(refusal("{" + base + R"(, "domain": {"a.test": {"base_domain": "../etc"}}})").starts_with("domain.a.test.base_domain"));
  CHECK(refusal("{" + base + R"(, "domain": {"a.test": {"additional_signatures": ["x"]}}})") ==
        "domain.a.test.additional_signatures: there is no table signature.x");
  CHECK(refusal(R"({"base": {"base_domain": "a.test"}})").starts_with("base.base_domain"));
  CHECK(refusal(R"({"base": {"selector": "s", "key": "/k", "additional_signatures": ["x"]},
                    "signature": {"x": {"policy": "OnlyIfMissingDomainBlock"}}})").starts_with("signature.x.base_domain: is required"));
}

TEST_CASE("the author's domain in every form that From may have") {
  const std::pair<const char*, const char*> known[] = {
      {" a@Example.COM", "example.com"},
      {"\r\n A <a@example.com>", "example.com"},
      {" \"x@evil.test\" <a@example.com>", "example.com"},
      {" a (x@evil.test (nested \\) )) @ example.com", "example.com"},
      {" A <a@example.com>, B <b@other.test>", "example.com"},
      {" , a@example.com, b@other.test", "example.com"},
      {" Group: a@example.com, b@other.test;", "example.com"},
      {" <@relay.test,@hop.test:a@example.com>", "example.com"},
      {" \"quo\\\"ted\"@example.com", "example.com"},
      {" ",  ""}, {" nobody", ""}, {" <>", ""}, {" a@", ""}, {" a@[192.0.2.1]", ""}, {" a@../../etc", ""}, {" a@x..y", ""},
      {" a@.x", ""}, {" \"open@example.com", ""}, {" (open@example.com", ""}, {" a@b\xc3\xa4r.test", ""}, {" Group:;", ""}};
  for (const auto& [raw, domain] : known) {
    CAPTURE(raw);
    CHECK(mailbox_domain(raw) == domain);
  }
}
