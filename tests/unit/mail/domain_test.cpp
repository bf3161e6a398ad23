#include "mail/domain.hpp"

#include <doctest/doctest.h>

using namespace godwit::mail;

TEST_CASE("ASCII form of domains") {
  CHECK(to_ascii_domain("Example.COM") == "example.com");
  CHECK(to_ascii_domain("B\xC3\x9C"
                        "CHER.example") == "xn--bcher-kva.example");
  CHECK_FALSE(to_ascii_domain("\xFF.example"));
  CHECK_FALSE(to_ascii_domain(std::string(64, 'a') + "\xC3\xBC.example"));
}

TEST_CASE("domain syntax") {
  CHECK(is_domain("example.com"));
  CHECK(is_domain("localhost"));
  CHECK(
      is_domain("b\xC3\xBC"
                "cher.example"));
  for (const char* text : {"", ".", "a.", ".a", "a..b", "-a.b", "a b", "a/b", "[1.2.3.4]", "a:25"})
    CHECK_FALSE(is_domain(text));
}
