#include <doctest/doctest.h>

#include "directory.hpp"
#include "logger_settings.hpp"
#include "records.hpp"

using namespace ec_logger;
using godwit::sdk::failure;

extern "C" const godwit_module_descriptor* godwit_module(void);

namespace {

std::string json_for(const directory& dir, const std::string& more = "") {
  return R"({"mainlog": ")" + dir.file("main") + R"(", "rejectlog": "file://)" + dir.file("reject") + R"(", "paniclog": ")" +
         dir.file("panic") + '"' + more + "}";
}

std::string refusal(const std::string& json) {
  fake_host host;
  try {
    logger_settings::from(host.parse(module_options(), json).view());
  } catch (const failure& e) {
    return e.what();
  }
  return "";
}

}  // namespace

TEST_CASE("the module: records reach their logs, files are opened anew by the hook, stop writes all") {
  fake_host host;
  directory dir;
  const auto* d = godwit_module();
  REQUIRE(d != nullptr);
  const auto settings = host.parse(module_options(), json_for(dir, R"(, "bounce_logger": {"bouncelog": ")" + dir.file("bounce") + "\"}"));
  void* state = nullptr;
  REQUIRE(d->configure(godwit::sdk::detail::bound.table, godwit::sdk::detail::bound.self, settings.raw(), &state) == GODWIT_OK);
  REQUIRE(d->init(state) == GODWIT_OK);
  REQUIRE(d->start(state) == GODWIT_OK);
  REQUIRE(host.sinks.size() == 1);
  host.submit(reception(), nullptr);
  host.submit(rejection("DATA"), nullptr);
  host.submit(attempt(GODWIT_RECORD_BOUNCE, ".", 550, "no"), nullptr);
  host.diagnose(GODWIT_LOG_INFO, "smtp", "all is well");
  host.diagnose(GODWIT_LOG_WARN, "spool", "the disk is slow");
  REQUIRE(wait_until([&] { return !dir.read("main").empty(); }));
  std::filesystem::rename(dir.file("main"), dir.file("main.1"));
  host.run_hook("reopen_logs", {});
  CHECK(wait_until([&] { return std::filesystem::exists(dir.file("main")); }));
  host.submit(reception(), nullptr);
  REQUIRE(wait_until([&] { return !dir.read("main").empty(); }));
  std::filesystem::rename(dir.file("main"), dir.file("main.2"));
  CHECK(host.commands.at("ec_logger reopen logs").role == GODWIT_ROLE_ADMIN);
  host.run_command("ec_logger reopen logs");
  CHECK(wait_until([&] { return std::filesystem::exists(dir.file("main")); }));
  host.submit(reception(), nullptr);
  CHECK(d->stop(state) == GODWIT_OK);
  d->destroy(state);
  const auto lines = [&](const char* name) {
    const auto text = dir.read(name);
    return std::count(text.begin(), text.end(), '\n');
  };
  CHECK(lines("main.1") + lines("main.2") + lines("main") == 4);
  CHECK(lines("main") >= 1);
  CHECK(lines("reject") == 1);
  CHECK(lines("bounce") == 1);
  CHECK(dir.read("panic") == "1700000000:spool: the disk is slow\n");
}

TEST_CASE("without its table there is no bouncelog") {
  fake_host host;
  const auto s = logger_settings::from(host.parse(module_options(), "{}").view());
  CHECK(!s.has(log_kind::bounce));
  CHECK(s.file(log_kind::main).path == "/var/log/godwit/mainlog.ec");
  CHECK(s.file(log_kind::main).mode == 0644);
  CHECK(s.file(log_kind::reject).heartbeat == std::chrono::seconds(60));
  CHECK(s.file(log_kind::panic).heartbeat == std::chrono::seconds(0));
}

TEST_CASE("what cannot be done is refused with its path") {
  CHECK(refusal(R"({"mainlog": "jlog:///var/log/x"})").starts_with("mainlog: destinations jlog:// are not supported"));
  CHECK(refusal(R"({"mainlog_mode": "rw-r--r--"})").starts_with("mainlog_mode: \"rw-r--r--\" is no octal mode"));
  CHECK(refusal(R"({"paniclog_mode": "1777"})").starts_with("paniclog_mode:"));
  CHECK(refusal(R"({"acctlog": "/x"})").starts_with("acctlog:"));
  CHECK(refusal(R"({"importlog": "/x"})").starts_with("importlog:"));
  CHECK(refusal(R"({"acctlog_log_mode": "0644"})").starts_with("acctlog_log_mode: authentications are not logged"));
  CHECK(refusal(R"({"importlog_mode": "0644"})").starts_with("importlog_mode: there is no spool import"));
  CHECK(refusal(R"({"bounce_logger": {"bouncelog_mode": ""}})").starts_with("bounce_logger.bouncelog_mode:"));
}
