#include "mail/queue_name.hpp"

#include <doctest/doctest.h>

using namespace godwit;
using namespace godwit::mail;

TEST_CASE("parsing and writing back") {
  for (const char* text :
       {"d", "t@d", "c:t@d", "c:@d", "d!r", "c:t@d!r", "foo.com:2025", "t@d:25!r:26", "t@d@e"}) {
    CHECK(queue_name::parse(text).text() == text);
  }
}

TEST_CASE("the parts") {
  const auto n = queue_name::parse("c:t@foo.com:2025!r");
  CHECK(n.campaign == "c");
  CHECK(n.tenant == "t");
  CHECK(n.domain == "foo.com:2025");
  CHECK(n.effective_domain() == "r");
  const auto no_tenant = queue_name::parse("c:@d");
  CHECK(no_tenant.tenant == "");
  CHECK(no_tenant.effective_domain() == "d");
  CHECK_FALSE(queue_name::parse("d").tenant);
  CHECK(queue_name::parse("a:b:c@d").tenant == "b:c");
}

TEST_CASE("the name of a message") {
  message m(uuid::make_v1(), {}, {*address::parse("u@Example.COM"), *address::parse("v@other.org")});
  CHECK(queue_name_of(m) == "example.com");
  m.set_meta("tenant", "t");
  CHECK(queue_name_of(m) == "t@example.com");
  m.set_meta("campaign", "c");
  CHECK(queue_name_of(m) == "c:t@example.com");
  m.set_meta("routing_domain", "r");
  CHECK(queue_name_of(m) == "c:t@example.com!r");
  m.meta.erase("tenant");
  CHECK(queue_name_of(m) == "c:@example.com!r");
  m.set_meta("queue", "Verbatim");
  CHECK(queue_name_of(m) == "Verbatim");
}
