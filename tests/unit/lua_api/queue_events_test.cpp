#include "unit/lua_api/policy_fixture.hpp"

using namespace godwit;
using test::policy_fixture;

namespace {

struct scopes final : queue::policy {
  rt::task<result<queue::queue_config>> get_queue_config(const mail::queue_name&) override {
    queue::queue_config q;
    q.egress_pool = "from scopes";
    co_return q;
  }
  rt::task<result<queue::egress_pool_config>> get_egress_pool(const std::string& name) override {
    co_return fail("no pool {}", name);
  }
  rt::task<result<queue::egress_source_config>> get_egress_source(const std::string& name) override {
    co_return fail("no source {}", name);
  }
  rt::task<result<queue::egress_path_config>> get_egress_path_config(const std::string&, const std::string&,
                                                                     const std::string&) override {
    co_return queue::egress_path_config{};
  }
  bool has_requeue_message() const override { return false; }
  rt::task<std::optional<mail::response>> requeue_message(mail::message_ref, const mail::response&,
                                                          std::string_view, bool,
                                                          std::optional<duration>) override {
    co_return std::nullopt;
  }
  bool has_throttle_insert() const override { return false; }
  rt::task<> throttle_insert_ready_queue(mail::message_ref) override { co_return; }
  bool has_rewrite_status() const override { return false; }
  rt::task<std::optional<int>> rewrite_delivery_status(const mail::response&,
                                                       const mail::queue_name&) override {
    co_return std::nullopt;
  }
};

constexpr const char* text = R"(
kumo.on('get_queue_config', function(domain, tenant, campaign, routing_domain)
  if domain == 'first.example' then
    return kumo.make_queue_config { egress_pool = 'p', max_age = '5 minutes', retry_interval = 60 }
  end
end)
kumo.on('get_queue_config', function(domain, tenant, campaign, routing_domain)
  if tenant == 'acme' then return kumo.make_queue_config { egress_pool = campaign .. '/' .. routing_domain } end
  if domain == 'nil.example' then return nil end
  if domain == 'broken.example' then return { egress_pol = 'x' } end
end)
kumo.on('get_egress_pool', function(name)
  if name == 'p' then return kumo.make_egress_pool { name = name, entries = { { name = 'a' }, { name = 'b', weight = 2 } } } end
end)
kumo.on('get_egress_source', function(name) return kumo.make_egress_source { name = name, source_address = '10.0.0.1' } end)
kumo.on('get_egress_path_config', function(domain, source, site)
  return kumo.make_egress_path { connection_limit = 3, ehlo_domain = domain .. source .. site }
end)
)";

}  // namespace

TEST_CASE_FIXTURE(policy_fixture, "queue configuration: the first handler that returns a value decides") {
  use(text, std::make_shared<scopes>());
  REQUIRE(load() == "");
  const auto ask = [&](const char* name) {
    const auto parsed = mail::queue_name::parse(name);
    return get([&]() { return policy->get_queue_config(parsed); });
  };
  CHECK(ask("first.example")->egress_pool == "p");
  CHECK(ask("first.example")->max_age == std::chrono::minutes(5));
  CHECK(ask("c:acme@x.example!r.example")->egress_pool == "c/r.example");
  CHECK(ask("other.example")->egress_pool == "from scopes");
  CHECK(ask("nil.example")->egress_pool == "from scopes");
  const auto broken = ask("broken.example");
  REQUIRE(!broken);
  CHECK(broken.why().text.find("get_queue_config: make_queue_config: egress_pol") == 0);
}

TEST_CASE_FIXTURE(policy_fixture, "without scopes a queue without configuration has the defaults") {
  must_load("");
  const auto name = mail::queue_name::parse("x.example");
  CHECK(get([&]() { return policy->get_queue_config(name); })->egress_pool == "unspecified");
}

TEST_CASE_FIXTURE(policy_fixture, "pools, sources and paths come from their events") {
  must_load(text);
  // The coroutines take references: the texts must live as long.
  const std::string p = "p", q = "q", a = "a", d = "d", s = "s", t = "t", unspecified = "unspecified";
  const auto pool = get([&]() { return policy->get_egress_pool(p); });
  REQUIRE(pool);
  CHECK(pool->entries.size() == 2);
  CHECK(get([&]() { return policy->get_egress_pool(unspecified); })->entries.size() == 1);
  const auto none = get([&]() { return policy->get_egress_pool(q); });
  REQUIRE(!none);
  CHECK(none.why().text == "get_egress_pool returned nothing for pool 'q'");
  CHECK(*get([&]() { return policy->get_egress_source(a); })->source_address == "10.0.0.1");
  const auto path = get([&]() { return policy->get_egress_path_config(d, s, t); });
  CHECK(path->connection_limit.limit == 3);
  CHECK(*path->ehlo_domain == "dst");
}

TEST_CASE_FIXTURE(policy_fixture, "made objects can be read like tables and refuse unknown keys") {
  CHECK(
      eval("local q = kumo.make_queue_config { max_age = 60 } local n = 0 for k in pairs(q) do n = n + 1 end "
           "return { q.max_age, q.egress_pool, n > 5 }") == value(value::array{"1m", "unspecified", true}));
  CHECK(failure("kumo.make_egress_path { conection_limit = 1 }").find("connection_limit") !=
        std::string::npos);
}

TEST_CASE_FIXTURE(policy_fixture, "requeue_message sees what happened, and a rejection bounces") {
  must_load(R"(
kumo.on('requeue_message', function(msg, response, context, increment, delay)
  msg:set_meta('seen', table.concat({ response, context, tostring(increment), tostring(delay) }, '|'))
end)
kumo.on('requeue_message', function(msg)
  if msg:num_attempts() > 2 then kumo.reject(551, '5.4.7 enough') end
  if msg:num_attempts() == 2 then error('broken') end
end)
)");
  auto m = make_message();
  const auto response = mail::response::parse(450, "4.2.0 later");
  const auto ask = [&]() {
    return get([&]() {
      return policy->requeue_message(m, response, "LoggedTransientFailure", true, std::chrono::seconds(90));
    });
  };
  CHECK(policy->has_requeue_message());
  CHECK(!ask());
  CHECK(m->get_meta_string("seen") == "450 4.2.0 later|LoggedTransientFailure|true|90.0");
  m->attempts = 2;
  CHECK(!ask());  // an error is logged and ignored
  m->attempts = 3;
  const auto bounced = ask();
  REQUIRE(bounced);
  CHECK(bounced->code == 551);
}

TEST_CASE_FIXTURE(policy_fixture, "delivery status may be rewritten and insertion throttled") {
  must_load(R"(
kumo.on('smtp_client_rewrite_delivery_status', function(response, domain, tenant)
  if response:find('quota') then return 500 end
end)
kumo.on('throttle_insert_ready_queue', function(msg) msg:set_due('2030-01-01T00:00:00Z') end)
)");
  const auto name = mail::queue_name::parse("x.example");
  const auto ask = [&](const char* content) {
    const auto response = mail::response::parse(452, content);
    return get([&]() { return policy->rewrite_delivery_status(response, name); });
  };
  CHECK(ask("4.2.2 over quota") == 500);
  CHECK(!ask("4.2.1 busy"));
  auto m = make_message();
  run([&]() -> rt::task<> { co_await policy->throttle_insert_ready_queue(m); });
  CHECK(m->due.has_value());
}
