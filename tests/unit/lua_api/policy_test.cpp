#include "unit/lua_api/policy_fixture.hpp"

#include "mail/queue_name.hpp"

using namespace godwit;
using test::policy_fixture;
using kind = hook::verdict::kind;

TEST_CASE_FIXTURE(policy_fixture, "handlers get their arguments and answer by verdicts") {
  must_load(R"(
kumo.on('smtp_server_mail_from', function(sender, conn_meta)
  if sender.domain == 'bad.example' then kumo.reject(550, '5.7.1 ' .. sender.user .. ' not here') end
  conn_meta:set_meta('x_sender', tostring(sender))
end)
kumo.on('smtp_server_ehlo', function(domain) if domain == 'evil' then kumo.disconnect(421, 'bye', 'FollowWith421') end end)
kumo.on('smtp_server_auth_plain', function(authz, authc, password) return password == 'secret' end)
kumo.on('smtp_server_rewrite_response', function(status, text) return status + 1, 'new ' .. text end)
kumo.on('get_listener_domain', function(domain)
  return kumo.make_listener_domain { relay_to = true, log_oob = true }
end)
)");
  auto context = std::make_shared<mail::connection_context>();
  auto ok = fire("smtp_server_mail_from", {*mail::address::parse("a@example.com"), context});
  CHECK(ok.what == kind::proceed);
  CHECK(!ok.returned);
  CHECK(*context->meta.find("x_sender") == value("a@example.com"));
  auto no = fire("smtp_server_mail_from", {*mail::address::parse("a@bad.example"), context});
  CHECK(no.what == kind::reject);
  CHECK(no.code == 550);
  CHECK(no.text == "5.7.1 a not here");
  auto bye = fire("smtp_server_ehlo", {value("evil")});
  CHECK(bye.what == kind::disconnect);
  CHECK(bye.mode == hook::verdict::closing::follow_with_421);
  CHECK(fire("smtp_server_auth_plain", {value("a"), value("a"), value("secret")}).returned == value(true));
  CHECK(fire("smtp_server_rewrite_response", {value(250), value("ok")}).returned ==
        value(value::array{251, "new ok"}));
  const auto domain = *fire("get_listener_domain", {value("example.com")}).returned;
  CHECK(*domain.find("relay_to") == value(true));
  CHECK(*domain.find("log_oob") == value("LogThenRelay"));
}

TEST_CASE_FIXTURE(policy_fixture, "an event without a handler is not armed") {
  must_load("kumo.on('smtp_server_ehlo', function() end)");
  CHECK(hooks.get("smtp_server_ehlo").has_handlers());
  CHECK(!hooks.get("smtp_server_data").has_handlers());
  CHECK(!policy->has_requeue_message());
}

TEST_CASE_FIXTURE(policy_fixture, "a script error is a failure of the handler") {
  must_load("kumo.on('smtp_server_data', function() local x = nil; return x.y end)");
  run([&]() -> rt::task<> {
    bool failed = false;
    try {
      hook::arguments none;
      co_await hooks.get("smtp_server_data").run(none);
    } catch (const hook::handler_failed&) {
      failed = true;
    }
    CHECK(failed);
  });
}

TEST_CASE_FIXTURE(policy_fixture, "a second handler of a single event is refused, naming the first") {
  use("kumo.on('init', function() end)\nkumo.on('init', function() end)");
  CHECK(load().find("init.lua:3: init event already has a handler defined at init.lua:2") == 0);
  use("kumo.on('get_queue_config', function() end)\nkumo.on('get_queue_config', function() end)");
  CHECK(load() == "");
}

TEST_CASE_FIXTURE(policy_fixture, "handlers are registered while the policy loads only") {
  CHECK(failure("kumo.on('init', print)")
            .find("Attempting to register an event handler via `kumo.on('init', ...)` from within the event "
                  "handler 'eval'") != std::string::npos);
  CHECK(eval("return _KUMO_CURRENT_EVENT") == value("eval"));
}

TEST_CASE_FIXTURE(policy_fixture, "a message lent to an event expires with it") {
  must_load(R"(
kumo.on('smtp_server_message_received', function(msg) kept = msg; msg:set_meta('x', 1) end)
kumo.on('probe', function() return pcall(kept.id, kept) end)
)");
  auto m = test::policy_fixture::make_message();
  fire("smtp_server_message_received", {m, value{}});
  CHECK(*m->get_meta("x") == value(1));
  CHECK(m.use_count() == 1);
  const auto answer = *fire("probe").returned;
  CHECK((*answer.as_array())[0] == value(false));
  CHECK((*answer.as_array())[1].as_string()->find("Message is used after the event that gave it has ended") !=
        std::string::npos);
}

TEST_CASE_FIXTURE(policy_fixture, "pre_init and init set up the server, and only they may") {
  must_load(R"(
kumo.on('pre_init', function() kumo.set_memory_soft_limit(1000000) end)
kumo.on('init', function()
  kumo.define_spool { name = 'data', path = '/tmp/data', kind = 'LocalDisk' }
  kumo.start_esmtp_listener { listen = '127.0.0.1:0', relay_hosts = { '10.0.0.0/8' }, client_timeout = '30 seconds' }
  kumo.start_http_listener { listen = '127.0.0.1:8000' }
  kumo.dns.configure_resolver { name_servers = { '127.0.0.1:53' }, options = { validate = true, edns0 = true } }
end)
kumo.on('later', function() kumo.define_spool { name = 'data', path = '/tmp/data' } end)
)");
  CHECK(start_up() == "");
  REQUIRE(startup.spools.size() == 1);
  CHECK(startup.spools[0].kind == spool::store_kind::local_disk);
  REQUIRE(startup.listeners.size() == 1);
  CHECK(startup.listeners[0].client_timeout == std::chrono::seconds(30));
  CHECK(startup.resolvers.at(0).validate);
  CHECK(*startup.settings.find("memory_soft_limit") == value(1000000));
  REQUIRE(startup.http_listeners.size() == 1);
  CHECK(startup.http_listeners[0].listen == "127.0.0.1:8000");
  run([&]() -> rt::task<> {
    hook::arguments none;
    CHECK_THROWS_AS(co_await hooks.get("later").run(none), hook::handler_failed);
  });
}

TEST_CASE_FIXTURE(policy_fixture, "an error in init names file, line and the nearest key") {
  must_load("kumo.on('init', function()\n  kumo.start_esmtp_listener { lissten = '127.0.0.1:0' }\nend)");
  const auto text = start_up();
  CHECK(text.find("init: init.lua:3: start_esmtp_listener: ") == 0);
  CHECK(text.find("listen") != std::string::npos);
}

TEST_CASE_FIXTURE(policy_fixture, "validation runs validate_config and hears of failures") {
  use("kumo.on('validate_config', function() assert(_VALIDATING_CONFIG) kumo.validation_failed() end)",
      nullptr, true);
  REQUIRE(load() == "");
  CHECK(start_up() == "the policy reported that its validation failed");
}

TEST_CASE_FIXTURE(policy_fixture, "configure_local_logs without its module says what to enable") {
  CHECK(failure("kumo.configure_local_logs { log_dir = '/tmp' }").find("enable it with [modules.log_json]") !=
        std::string::npos);
}

TEST_CASE_FIXTURE(policy_fixture, "bump_config_epoch loads the policy again") {
  must_load("kumo.on('e', function() kumo.bump_config_epoch() end)");
  const auto before = policy->epoch();
  fire("e");
  CHECK(policy->epoch() == before + 1);
}

TEST_CASE_FIXTURE(policy_fixture, "what is declared is listed") {
  must_load("");
  const auto text = scripts.describe_text();
  for (const char* expected :
       {"function kumo.define_spool(params: ", "method   Message:get_meta(key: string) -> any",
        "function kumo.dns.lookup_mx(domain: string, resolver: string or nil) -> table [may wait]",
        "function kumo.configure_local_logs() [module log_json]", "constant kumo.version: string"}) {
    CHECK_MESSAGE(text.find(expected) != std::string::npos, expected);
  }
}
