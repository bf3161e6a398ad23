#include "queue/source_health.hpp"

#include "config/options.hpp"
#include "manager_rig.hpp"
#include "metrics/registry.hpp"

using namespace godwit;
using namespace godwit::queue;
using namespace godwit::queue::test;
using namespace std::chrono_literals;
using enum mail::record_type;

namespace {

egress_source_config source(std::string name, std::optional<suspend_rule> unplumbed, std::optional<suspend_rule> proxy = {}) {
  egress_source_config s;
  s.name = std::move(name);
  s.suspend_when_unplumbed = std::move(unplumbed);
  s.suspend_when_proxy_unhealthy = std::move(proxy);
  return s;
}

suspend_rule immediate(duration d) { return {{}, d}; }
suspend_rule after(const std::string& threshold, duration d) { return {{*config::throttle_spec::parse(threshold)}, d}; }

}  // namespace

TEST_CASE("the first failure suspends under Immediate") {
  source_health health;
  const steady_time t{};
  const auto s = source("first", immediate(60s));
  CHECK_FALSE(health.suspended_until("first", t));
  CHECK_FALSE(health.note(s, source_trouble::proxy_unhealthy, "no rule for this", t));
  CHECK(health.note(s, source_trouble::unplumbed, "address is gone", t));
  CHECK_FALSE(health.note(s, source_trouble::unplumbed, "suspended already", t + 1s));
  CHECK(health.suspended_until("first", t + 1s) == t + 60s);
  CHECK_FALSE(health.suspended_until("other", t + 1s));
  CHECK_FALSE(health.suspended_until("first", t + 60s));
  CHECK(metrics::expose_text().find("egress_source_health_suspended{reason=\"Unplumbed\",source=\"first\"} 1") != std::string::npos);
  health.clear(t + 61s);
  CHECK(metrics::expose_text().find("egress_source_health_suspended{reason=\"Unplumbed\",source=\"first\"} 0") != std::string::npos);
  CHECK(health.note(s, source_trouble::unplumbed, "again", t + 62s));
  const auto failures = [](const char* kind) {
    return metrics::get_counter("egress_source_connection_failures_total", "", {{"source", "first"}, {"kind", kind}})->read();
  };
  CHECK(failures("Unplumbed") == 3);
  CHECK(failures("ProxyUnhealthy") == 1);  // also what no rule is about
}

TEST_CASE("the gauge tells of a suspension that begins while many end") {
  source_health health;
  const steady_time t{}, later = t + 100s;
  for (int i = 0; i < 100; ++i) health.note(source(fmt::format("again{:02}", i), immediate(60s)), source_trouble::unplumbed, "gone", t);
  std::atomic<bool> is_at_it{false};
  std::thread failing([&] {
    const auto last = source("again99", immediate(60s));
    while (!health.note(last, source_trouble::unplumbed, "gone again", later)) is_at_it = true;
  });
  CHECK(eventually([&] { return is_at_it.load(); }));
  health.clear(later);
  failing.join();
  CHECK(health.suspended_until("again99", later));
  CHECK(metrics::get_gauge("egress_source_health_suspended", "", {{"source", "again99"}, {"reason", "Unplumbed"}})->read() == 1);
  CHECK(metrics::get_gauge("egress_source_health_suspended", "", {{"source", "again98"}, {"reason", "Unplumbed"}})->read() == 0);
}

TEST_CASE("a threshold counts failures within its period") {
  source_health health;
  const steady_time t{};
  const auto s = source("often", {}, after("3/10s", 60s));
  CHECK_FALSE(health.note(s, source_trouble::proxy_unhealthy, "1", t));
  CHECK_FALSE(health.note(s, source_trouble::proxy_unhealthy, "2", t + 4s));
  CHECK_FALSE(health.note(s, source_trouble::proxy_unhealthy, "the first is forgotten", t + 11s));
  CHECK(health.note(s, source_trouble::proxy_unhealthy, "3", t + 12s));
  CHECK(health.suspended_until("often", t + 13s) == t + 72s);
}

TEST_CASE("suspension rules are read") {
  const auto parsed = config::parse_options(source_options(), object{
      {"name", "s"},
      {"suspend_when_unplumbed", object{{"duration", "5m"}}},
      {"suspend_when_proxy_unhealthy", object{{"trigger", object{{"Threshold", "10/1m"}}}, {"duration", "1h"}}}});
  REQUIRE(parsed.ok());
  CHECK_FALSE(parsed->suspend_when_unplumbed->trigger.threshold);
  CHECK(parsed->suspend_when_unplumbed->duration == 5min);
  CHECK(parsed->suspend_when_proxy_unhealthy->trigger.threshold->limit == 10);
  const auto wrong = config::parse_options(source_options(), object{
      {"name", "s"}, {"suspend_when_unplumbed", object{{"trigger", "Sometimes"}, {"duration", "5m"}}}});
  REQUIRE_FALSE(wrong.ok());
  CHECK(wrong.why().text.find("suspend_when_unplumbed.trigger") != std::string::npos);
}

TEST_CASE("mail goes on by the other sources of the pool") {
  manager_rig rig([](std::shared_ptr<work_source> work) -> rt::task<> {
    if (work->source().name == "gone") {
      work->source_failed(source_trouble::unplumbed, "the address is not on this host");
      auto failed = work->connection_failed(reply(400, "no source address"), no_trace);
      co_return co_await std::move(failed);
    }
    auto delivered = deliver_all();
    co_await delivered(work);
  });
  rig.policy.on_queue = [](const auto&) {
    queue_config q;
    q.egress_pool = "pool";
    q.retry_interval = 20ms;
    return q;
  };
  rig.policy.on_pool = [](const auto& name) { return egress_pool_config{name, {{"gone", 1}, {"good", 1}}, 60s}; };
  rig.policy.on_source = [](const auto& name) { return source(name, immediate(1h)); };
  rig.policy.on_path = [](const auto&) {
    egress_path_config p;
    p.connection_limit.limit = 1;
    return p;
  };
  rig.start();
  for (int i = 0; i < 20; ++i) REQUIRE(rig.insert(rig.make()));
  const auto records = rig.records.wait_for(delivery, 20);
  REQUIRE(records.size() == 20);
  for (const auto& r : records) CHECK(r.egress_source == "good");
  CHECK(rig.records.all(transient_failure).size() <= 1);
}

TEST_CASE("without another source messages wait until the suspension ends") {
  manager_rig rig([](std::shared_ptr<work_source> work) -> rt::task<> {
    work->source_failed(source_trouble::proxy_unhealthy, "no answer");
    auto failed = work->connection_failed(reply(400, "proxy"), no_trace);
    co_await std::move(failed);
  });
  rig.policy.on_queue = [](const auto&) {
    queue_config q;
    q.egress_pool = "pool";
    return q;
  };
  rig.policy.on_pool = [](const auto& name) { return egress_pool_config{name, {{"alone", 1}}, 60s}; };
  rig.policy.on_source = [](const auto& name) { return source(name, {}, immediate(1h)); };
  rig.start();
  REQUIRE(rig.insert(rig.make()));
  const auto records = rig.records.wait_for(transient_failure);
  REQUIRE(records.size() == 1);
  CHECK(records[0].response.content ==
        "KumoMTA internal: no sources for example.com pool=`pool` are eligible for selection at this time");
  CHECK(rig.manager->message_count() == 1);
}
