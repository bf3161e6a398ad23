#include "path_template.hpp"

#include <doctest/doctest.h>

#include <godwit/testing/fake_host.hpp>

using namespace godwit::sdk;
using namespace godwit::sdk::testing;
using maildir::path_template;
using maildir::unsafe_value;

namespace {

std::string expand(std::string_view text, godwit_message& m, std::string_view recipient = "user@example.org") {
  return path_template(text).expand(maildir::variables(message_view(&m), recipient));
}

void set_meta(godwit_message& m, std::string_view key, std::string text) {
  auto& member = m.meta.member(key);
  member.become(GODWIT_TEXT);
  member.text = std::move(text);
}

}  // namespace

TEST_CASE("every documented variable") {
  fake_host host;
  godwit_message m;
  m.sender = "\"a@b\"@example.com";
  set_meta(m, "tenant", "acme");
  set_meta(m, "campaign", "spring");
  set_meta(m, "routing_domain", "mx.example.org");
  set_meta(m, "folder", "offers");
  CHECK(expand("/v/{{ domain_part }}/{{local_part}}", m) == "/v/example.org/user");
  CHECK(expand("/{{ email }}", m) == "/user@example.org");
  CHECK(expand("/{{ sender_local_part }}/{{ sender_domain_part }}/{{ sender_email }}", m) ==
        "/\"a@b\"/example.com/\"a@b\"@example.com");
  CHECK(expand("/{{ queue }}/{{ domain }}", m) == "/example.org/example.org");
  CHECK(expand("/{{tenant}}-{{campaign}}-{{routing_domain}}", m) == "/acme-spring-mx.example.org");
  CHECK(expand("/x/{{ meta.folder }}/y", m) == "/x/offers/y");
  CHECK(expand("/plain", m) == "/plain");
}

TEST_CASE("a value cannot add or leave a directory") {
  fake_host host;
  godwit_message m;
  for (const std::string& local : {std::string(".."), std::string("."), std::string("a/b"), std::string("../../etc"),
                                   std::string("/etc"), std::string("a\0b", 3), std::string("a\nb"), std::string()}) {
    CAPTURE(local);
    CHECK_THROWS_AS(expand("/v/{{ local_part }}", m, local + "@example.org"), unsafe_value);
  }
  set_meta(m, "dot", "a.");
  CHECK_THROWS_AS(expand("/v/.{{ meta.one }}", m), failure);
  set_meta(m, "one", ".");
  CHECK_THROWS_AS(expand("/v/.{{ meta.one }}", m), unsafe_value);
  CHECK(expand("/v/{{ local_part }}", m, "...@example.org") == "/v/...");
}

TEST_CASE("a template that cannot be is refused before any message comes") {
  fake_host host;
  for (const auto* text : {"relative/path", "", "/x/{{ local_part", "/x/{{ nobody }}", "/x/{{ meta. }}", "/{{}}"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(path_template{text}, failure);
  }
}

TEST_CASE("an absent value is the policy's mistake, not the address's") {
  fake_host host;
  godwit_message m;
  try {
    expand("/v/{{ tenant }}", m);
    FAIL("expanded");
  } catch (const unsafe_value&) {
    FAIL("would bounce");
  } catch (const failure& f) {
    CHECK(std::string(f.what()) == "maildir_path: the message has no tenant");
  }
}
