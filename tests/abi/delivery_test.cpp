// A module's delivery agent as the queue uses it.
#include "abi/house.hpp"
#include "abi/scripted_work.hpp"
#include "queue/protocol_registry.hpp"
#include "queue/provided_agent.hpp"

using namespace godwit;
using test::scripted_work;
using enum mail::record_type;

namespace {

queue::protocol_config protocol(const std::string& name, const std::string& mode) {
  const value written = object{{"protocol", object{{name, object{{"mode", mode}}}}}};
  auto parsed = config::parse_options(queue::queue_options(), written);
  REQUIRE_MESSAGE(parsed.ok(), parsed.why().text);
  return parsed->protocol;
}

/// One session over `messages`, through the agent that a ready queue would have.
std::shared_ptr<scripted_work> run(test::house& house, const std::string& name, const std::string& mode,
                                   std::vector<mail::message_ref> messages) {
  const auto p = protocol(name, mode);
  const auto agent = std::make_shared<queue::provided_agent>(name);
  std::shared_ptr<scripted_work> work;
  house.await([&]() -> rt::task<> {
    const std::string domain = "example.org";
    auto where = co_await agent->resolve(domain, p);
    REQUIRE(where.ok());
    work = std::make_shared<scripted_work>(*where, messages);
    co_await agent->run_session(work);
  });
  return work;
}

mail::message_ref to_two() {
  auto m = test::house::make_message();
  m->recipients.push_back(*mail::address::parse("second@example.org"));
  return m;
}

std::uint64_t closed() { return metrics::get_counter("godwit_probe_closed_total", "")->read(); }

}  // namespace

TEST_CASE("outcomes by recipient, from a thread of the module, with who the peer was") {
  test::house house;
  house.load_probe();
  const auto m = to_two();
  const auto before = closed();
  const auto work = run(house, "probe_mail", "each", {m});
  CHECK(work->successes == 1);
  CHECK(work->destination().protocol == "probe_mail:each");
  REQUIRE(work->settled.size() == 1);
  const auto& s = work->settled[0];
  CHECK(s.message == m);
  CHECK(m->get_meta("touched") == nullptr);  // the module has a copy
  REQUIRE(s.outcomes.size() == 2);
  CHECK(s.outcomes[0].type == delivery);
  CHECK(s.outcomes[0].response.code == 250);
  CHECK(s.outcomes[0].response.content == "kept user@example.org");
  CHECK(s.outcomes[1].recipient == 1);
  CHECK(s.outcomes[1].type == transient_failure);
  CHECK(s.outcomes[1].response.enhanced == mail::enhanced_code{4, 2, 2});
  CHECK(s.outcomes[1].retry_after == std::chrono::minutes(1));
  CHECK(s.trace.delivery_protocol == "Probe");
  REQUIRE(s.trace.peer);
  CHECK(s.trace.peer->name == "probe.example");
  CHECK(closed() == before + 1);
}

TEST_CASE("batches are as long as the agent says") {
  test::house house;
  house.load_probe();
  const auto work = run(house, "probe_mail", "count", {to_two(), to_two(), to_two()});
  REQUIRE(work->settled.size() == 3);
  CHECK(work->settled[0].outcomes.at(0).response.content == "batch of 2");
  CHECK(work->settled[2].outcomes.at(0).response.content == "batch of 1");
  CHECK_FALSE(work->settled[0].outcomes[0].recipient);
}

TEST_CASE("a module that says nothing, or throws, is a temporary failure") {
  test::house house;
  house.load_probe();
  const auto dropped = run(house, "probe_mail", "drop", {to_two()});
  CHECK(dropped->settled.at(0).outcomes.at(0).type == transient_failure);
  CHECK(dropped->settled[0].outcomes[0].response.content.find("gave the message back without an outcome") !=
        std::string::npos);
  const auto threw = run(house, "probe_mail", "throw", {to_two()});
  CHECK(threw->settled.at(0).outcomes.at(0).type == transient_failure);
  CHECK(threw->settled[0].outcomes[0].response.content == "the post office is closed");
}

TEST_CASE("a connection that cannot be made") {
  test::house house;
  house.load_probe();
  const auto refused = run(house, "probe_mail", "refuse", {to_two()});
  REQUIRE(refused->failures.size() == 1);
  CHECK(refused->failures[0].content == "no connection");
  CHECK(refused->settled.empty());
  const auto never = run(house, "probe_mail", "forbid", {to_two()});
  REQUIRE(never->all.size() == 1);
  CHECK(never->all[0].first == bounce);
}

TEST_CASE("an overrun is a temporary failure in time, what comes late is dropped") {
  test::house house;
  house.load_probe();
  const auto late = metrics::get_counter("godwit_module_late_answers_total", "", {{"module", "probe"}});
  const auto before = late->read();
  const auto work = run(house, "probe_slow", "x", {to_two()});
  CHECK(work->settled.at(0).outcomes.at(0).type == transient_failure);
  CHECK(work->settled[0].outcomes[0].response.content.find("module probe did not finish within") != std::string::npos);
  CHECK(house.unload(std::chrono::seconds(10)).ok());  // drain lets the deliveries go
  CHECK(late->read() > before);
}

TEST_CASE("a module that is gone leaves its messages in the queue, one that is back takes them") {
  test::house house;
  house.load_probe();
  const auto agent = std::make_shared<queue::provided_agent>("probe_mail");
  const auto p = protocol("probe_mail", "each");
  const auto session = [&](bool is_loaded) {
    std::shared_ptr<scripted_work> work;
    house.await([&]() -> rt::task<> {
      auto plan = std::make_shared<const value>(p.provided->settings);
      work = std::make_shared<scripted_work>(queue::site{"example.org", "probe_mail:each", plan},
                                             std::vector<mail::message_ref>{to_two()});
      co_await agent->run_session(work);
    });
    CHECK(work->settled.size() == (is_loaded ? 1 : 0));
    CHECK(work->all.size() == (is_loaded ? 0 : 1));
    return work;
  };
  CHECK(house.unload(std::chrono::seconds(10)).ok());
  const auto waiting = session(false);
  CHECK(waiting->all[0].first == transient_failure);
  CHECK(waiting->all[0].second.content.find("the module probe is not loaded") != std::string::npos);
  house.load_probe();
  session(true);
}

TEST_CASE("settings are checked by table and module when they are read") {
  test::house house;
  house.load_probe();
  const auto why = [](value table) {
    const auto q = config::parse_options(queue::queue_options(), object{{"protocol", std::move(table)}});
    return q ? std::string() : q.why().text;
  };
  CHECK(why(object{{"probe_mail", object{{"mod", "each"}}}}).find("did you mean \"mode\"?") != std::string::npos);
  CHECK(why(object{{"probe_mail", object{{"mode", "impossible"}}}}).find("there is no such mode") != std::string::npos);
  CHECK(why(object{{"probe_mial", object{}}}).find("did you mean \"probe_mail\"?") != std::string::npos);
  CHECK(why(object{{"mode", "each"}}).find("unknown key \"mode\"") != std::string::npos);  // not inline
}
