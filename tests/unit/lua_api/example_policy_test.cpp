// The policies of tests/lua run as they stand.
#include "unit/lua_api/policy_fixture.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "lua_api/config_monitor.hpp"

using namespace godwit;
using test::policy_fixture;

namespace {

std::string policy_text(const std::string& name) {
  const auto tests = std::filesystem::path(__FILE__).parent_path().parent_path().parent_path();
  std::ifstream in(tests / "lua" / name);
  std::ostringstream text;
  text << in.rdbuf();
  REQUIRE_MESSAGE(in.good(), name);
  return std::move(text).str();
}

}  // namespace

TEST_CASE_FIXTURE(policy_fixture, "the example policy starts and answers its events") {
  use(policy_text("example_policy.lua"));
  lua::module logs("kumo", "");
  object given;
  logs.function("configure_local_logs", {"params"}, "Stands for the module log_json.",
                [&](object p) { given = p; });
  REQUIRE(scripts.add("log_json", std::move(logs)));
  REQUIRE(load() == "");
  REQUIRE(start_up() == "");
  CHECK(startup.spools.size() == 2);
  CHECK(startup.listeners.at(0).banner == "Welcome!");
  CHECK(!startup.listeners.at(0).trace_headers.supplemental_header);
  CHECK(*given.find("log_dir") == value("/tmp/kumo-test/log"));

  auto context = std::make_shared<mail::connection_context>();
  CHECK(fire("smtp_server_ehlo", {value("spammer"), context}).code == 420);
  CHECK(*context->meta.find("x_seen_ehlo") == value("spammer"));
  CHECK(
      fire("smtp_server_auth_plain", {value("daniel"), value("daniel"), value("tiger"), context}).returned ==
      value(true));
  CHECK(fire("get_listener_domain", {value("relay.example.com"), value("l"), context})
            .returned->find("relay_to"));
  CHECK(fire("get_listener_domain", {value("other.example.com"), value("l"), context})
            .returned.value_or(value{})
            .is_null());

  auto m = make_message("From: a@b.example\r\nX-Tenant: acme\r\nX-Campaign: c\r\n\r\nbody\r\n");
  CHECK(fire("smtp_server_message_received", {m, context}).what == hook::verdict::kind::proceed);
  CHECK(mail::queue_name_of(*m) == "c:acme@example.com");
  CHECK(m->first_header("X-Received-By"));
  CHECK(!m->first_header("X-Tenant"));
  auto anonymous = make_message("Subject: x\r\n\r\nbody\r\n");
  CHECK(fire("smtp_server_message_received", {anonymous, context}).code == 552);

  const auto queue = mail::queue_name::parse("c:acme@example.com");
  const auto config = get([&]() { return policy->get_queue_config(queue); });
  REQUIRE_MESSAGE(config.ok(), (config ? "" : config.why().text));
  CHECK(config->egress_pool == "pool-acme");
  const std::string source = "ip-2";
  CHECK(*get([&]() { return policy->get_egress_source(source); })->source_address == "127.0.0.2");
  CHECK(eval("return 1") == value(1));
}

TEST_CASE_FIXTURE(policy_fixture, "scripts may ask what the queue would be told") {
  CHECK(eval("return kumo.invoke_get_queue_config('t@example.com').retry_interval") == value("20m"));
  CHECK(eval("return kumo.invoke_get_egress_pool().entries[1].name") == value("unspecified"));
  CHECK(failure("kumo.invoke_get_egress_source('x')").find("get_egress_source returned nothing") !=
        std::string::npos);
}

TEST_CASE("a change of the configuration's files is seen") {
  const auto dir = std::filesystem::temp_directory_path() / ("godwit-monitor-" + uuid::make_v4().simple());
  std::filesystem::create_directories(dir);
  const auto write = [&](const char* name, const char* text) { std::ofstream(dir / name) << text; };
  write("a.lua", "1");
  lua_api::config_monitor monitor("");
  monitor.set_globs({(dir / "*.{lua,toml}").string()});
  CHECK(monitor.files() == std::vector<std::string>{(dir / "a.lua").string()});
  const auto first = monitor.fingerprint();
  CHECK(monitor.fingerprint() == first);
  write("a.lua", "2");
  CHECK(monitor.fingerprint() != first);
  const auto second = monitor.fingerprint();
  write("b.toml", "");
  CHECK(monitor.fingerprint() != second);
  std::filesystem::remove_all(dir);
}
