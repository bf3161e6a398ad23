#include "log.hpp"

#include <doctest/doctest.h>

#include "directory.hpp"
#include "records.hpp"

using namespace log_json;
using godwit::sdk::message_view;
using godwit::sdk::record_view;

extern "C" const godwit_module_descriptor* godwit_module(void);

namespace {

std::shared_ptr<log_json::log> open(fake_host& host, const std::string& dir, const std::string& more = "") {
  const auto table = host.parse(log_options(), "{\"log_dir\": \"" + dir + "\"" + more + "}");
  return std::make_shared<log_json::log>(log_settings::from(table.view()), "node");
}

std::size_t lines_in(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

void wait_until(const std::function<bool()>& condition) {
  for (int i = 0; i < 500 && !condition(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
}

}  // namespace

TEST_CASE("records reach the file within a second and are complete after stop") {
  fake_host host;
  directory dir;
  const auto log = open(host, dir.path());
  const auto r = delivery();
  log->submit(record_view(&r), {});
  wait_until([&] { return !dir.files().empty() && !decoded(dir.files().front()).empty(); });
  REQUIRE(!dir.files().empty());
  CHECK(lines_in(decoded(dir.files().front())) == 1);
  for (int i = 0; i < 999; ++i) log->submit(record_view(&r), {});
  log->stop();
  CHECK(lines_in(decoded(dir.files().front())) == 1000);
  CHECK(is_read_only(dir.files().front()));
}

TEST_CASE("a segment ends at max_file_size") {
  fake_host host;
  directory dir;
  const auto log = open(host, dir.path(), ", \"max_file_size\": 5000");
  const auto r = delivery();
  for (int i = 0; i < 100; ++i) log->submit(record_view(&r), {});
  log->stop();
  const auto files = dir.files();
  CHECK(files.size() > 5);
  std::size_t total = 0;
  for (const auto& f : files) {
    CHECK(is_read_only(f));
    CHECK(decoded(f).size() < 6000);
    total += lines_in(decoded(f));
  }
  CHECK(total == 100);
}

TEST_CASE("a filter event decides, once there is a message") {
  fake_host host;
  directory dir;
  host.events["keep"] = [](godwit_message* m) { return m->sender == "keep@example.com"; };
  const auto log = open(host, dir.path(), ", \"filter_event\": \"keep\"");
  const auto r = delivery();
  godwit_message kept, dropped;
  kept.sender = "keep@example.com";
  log->submit(record_view(&r), message_view(&kept));
  log->submit(record_view(&r), message_view(&dropped));
  log->stop();
  REQUIRE(dir.files().size() == 1);
  CHECK(lines_in(decoded(dir.files().front())) == 1);
}

TEST_CASE("a disk below its limit makes the server refuse mail") {
  fake_host host;
  directory dir;
  const auto log = open(host, dir.path(), ", \"min_free_space\": 1e30");
  wait_until([&] {
    const std::lock_guard lock(host.mutex);
    return !host.unhealthy.empty();
  });
  const std::lock_guard lock(host.mutex);
  CHECK(host.unhealthy["disk " + dir.path()] == "disk is too full");
}

TEST_CASE(
    "a log directory that cannot be written makes the server refuse mail and keeps the record until stop") {
  fake_host host;
  const auto log = open(host, "/proc/no/such");
  const auto r = delivery();
  log->submit(record_view(&r), {});
  wait_until([&] {
    const std::lock_guard lock(host.mutex);
    return !host.unhealthy.empty();
  });
  log->stop();
  CHECK(host.has_logged("cannot create segment"));
}

TEST_CASE("the module: Lua function, sink, stop") {
  fake_host host;
  directory dir;
  const auto* d = godwit_module();
  REQUIRE(d != nullptr);
  const auto* table = godwit::sdk::detail::bound.table;
  auto* self = godwit::sdk::detail::bound.self;
  const auto settings = host.parse(module_options(), "{}");
  void* state = nullptr;
  REQUIRE(d->configure(table, self, settings.raw(), &state) == GODWIT_OK);
  REQUIRE(d->init(state) == GODWIT_OK);
  REQUIRE(d->start(state) == GODWIT_OK);
  using godwit::sdk::testing::fake_answer;
  using godwit::sdk::testing::fake_argument;
  const auto wrong = host.run_function("kumo.configure_local_logs", {fake_argument::of_json("{}")});
  CHECK(wrong.what == fake_answer::kind::failed);
  host.run_function("kumo.configure_local_logs",
                    {fake_argument::of_json("{\"log_dir\": \"" + dir.path() + "\"}")});
  REQUIRE(host.sinks.size() == 1);
  host.submit(delivery(), nullptr);
  CHECK(d->stop(state) == GODWIT_OK);
  d->destroy(state);
  REQUIRE(dir.files().size() == 1);
  CHECK(lines_in(decoded(dir.files().front())) == 1);
}

TEST_CASE("cost of a submission") {
  fake_host host;
  directory dir;
  const auto log = open(host, dir.path());
  const auto r = delivery();
  constexpr int rounds = 20'000;
  const auto began = cpu_ns();
  for (int i = 0; i < rounds; ++i) log->submit(record_view(&r), {});
  const auto took = cpu_ns() - began;
  log->stop();
  MESSAGE("submitting a record: ", took / rounds, " ns on the caller's thread");
  CHECK(lines_in(decoded(dir.files().front())) == rounds);
}
