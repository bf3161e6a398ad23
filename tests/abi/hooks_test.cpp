// A module's hook handlers through the real hook table.
#include "abi/house.hpp"
#include "log/log.hpp"

using namespace godwit;
using kind = hook::verdict::kind;

TEST_CASE("a verdict, with who gave it") {
  test::house house;
  house.load_probe();
  const auto v = house.fire("probe_reject", {value("go away")}).verdict;
  CHECK(v.what == kind::reject);
  CHECK(v.code == 550);
  CHECK(v.text == "go away");
  CHECK(v.by == "probe");
}

TEST_CASE("a handler reads and changes the message without copying it") {
  test::house house;
  house.load_probe();
  const auto base = house.message->content.base;
  CHECK(house.fire("probe_message", {house.message}).verdict.what == kind::proceed);
  CHECK(house.message->get_meta_string("seen") == "sender@example.com");
  CHECK(house.message->first_header("X-Probe") == std::to_string(base->bytes.size()));
  CHECK(house.message->content.base == base);
}

TEST_CASE("values come back, connections go in") {
  test::house house;
  house.load_probe();
  auto connection = std::make_shared<mail::connection_context>();
  connection->peer = *ip_endpoint::parse("192.0.2.7:1025");
  const auto v = house.fire("probe_value", {value(), connection}).verdict;
  REQUIRE(v.returned);
  CHECK(*v.returned == value("192.0.2.7:1025"));
}

TEST_CASE("an answer may come later") {
  test::house house;
  house.load_probe();
  CHECK(house.fire("probe_later", {}).verdict.code == 451);
}

TEST_CASE("an answer that does not come is a failure in time") {
  test::house house;
  house.load_probe();
  CHECK(house.fire("probe_never", {house.message}).failed ==
        "event probe_never: handler of probe overran its time-out");
  CHECK(house.message.use_count() == 1);  // the forgotten call holds no message any more
}

TEST_CASE("a throw is a failure with its text") {
  test::house house;
  house.load_probe();
  CHECK(house.fire("probe_throw", {}).failed ==
        "event probe_throw: handler of probe failed: the list is gone");
}

TEST_CASE("data is loaded for handlers that need it") {
  test::house house;
  house.load_probe();
  CHECK(*house.fire("probe_data", {house.message}).verdict.returned == value("first  fold"));
  house.message->content = {};
  CHECK(*house.fire("probe_data", {house.message}).verdict.returned == value("loaded"));
  house.message->content = {};
  house.can_load = false;
  CHECK(house.fire("probe_data", {house.message}).failed.find("cannot be loaded") != std::string::npos);
}

TEST_CASE("diagnostics of the level asked for reach the sink, until the module goes") {
  const auto count = metrics::get_counter("godwit_probe_warnings_total", "");
  const auto before = count->read();
  {
    test::house house;
    house.load_probe();
    log::info("test", "look");
    log::warn("test", "look");
    CHECK(count->read() == before + 1);
  }
  log::warn("test", "look");
  CHECK(count->read() == before + 1);
}

TEST_CASE("log records reach the sink, with the message") {
  test::house house;
  house.load_probe();
  const auto count = metrics::get_counter("godwit_probe_records_total", "");
  const auto before = count->read();
  mail::log_record r;
  r.type = mail::record_type::delivery;
  r.recipients = {"user@example.org"};
  house.records.submit(r, house.message);
  house.records.submit(r, nullptr);
  CHECK(count->read() == before + 1);
}
