#include "receive/relay_rule.hpp"

#include "rig.hpp"

using namespace godwit;
using namespace godwit::receive;

namespace {

struct closed : test::rig {
  closed() {
    options.relay_hosts = {};
    queues.start();
  }
};

}  // namespace

TEST_CASE_FIXTURE(closed, "closed by default") { CHECK(check("a@x.test", "b@y.test") == relaying::denied); }

TEST_CASE_FIXTURE(closed, "relay_hosts and authentication open it") {
  options.relay_hosts = *cidr_set::parse({"192.0.2.9"});
  CHECK(check("a@x.test", "b@y.test") == relaying::permitted);
  options.relay_hosts = {};
  context->auth.identities.push_back({"user", "SmtpAuthPlainAuthorization"});
  CHECK(check("a@x.test", "b@y.test") == relaying::permitted);
}

TEST_CASE_FIXTURE(closed, "relay_to opens a recipient's domain, compared in lower case") {
  on_domain("y.test", {{"relay_to", true}});
  CHECK(check("a@x.test", "b@Y.test") == relaying::permitted);
  CHECK(check("a@y.test", "b@x.test") == relaying::denied);
}

TEST_CASE_FIXTURE(closed, "relay_from opens a sender's domain to its clients") {
  on_domain("x.test", {{"relay_from", value::array{"192.0.2.0/24"}}});
  CHECK(check("a@x.test", "b@y.test") == relaying::permitted);
  context->peer = *ip_endpoint::parse("198.51.100.1:1");
  CHECK(check("a@x.test", "b@y.test") == relaying::denied);
}

TEST_CASE_FIXTURE(closed, "a domain may take reports alone") {
  on_domain("y.test", {{"log_arf", "LogThenDrop"}});
  CHECK(check("", "b@y.test") == relaying::report_only);
}

TEST_CASE_FIXTURE(closed, "an answer that is no listener domain is a failure") {
  on_domain("y.test", {{"relay_too", true}});
  CHECK_THROWS_AS(check("a@x.test", "b@y.test"), hook::handler_failed);
}
