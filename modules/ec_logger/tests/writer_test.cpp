#include "log_writer.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <atomic>
#include <future>

#include "directory.hpp"
#include "records.hpp"

using namespace ec_logger;
namespace fs = std::filesystem;

namespace {

logger_settings settings_in(const directory& dir) {
  logger_settings s;
  s.files[static_cast<std::size_t>(log_kind::main)] = {dir.file("mainlog.ec"), 0640, {}};
  s.files[static_cast<std::size_t>(log_kind::panic)] = {dir.file("paniclog.ec"), 0644, {}};
  return s;
}

std::string reopen(log_writer& w) {
  std::promise<std::string> problems;
  w.reopen([&](const std::string& text) { problems.set_value(text); });
  return problems.get_future().get();
}

}  // namespace

TEST_CASE("lines are appended to what is there, in order, with the mode asked for") {
  fake_host host;
  directory dir;
  std::ofstream(dir.file("mainlog.ec")) << "before\n";
  log_writer w(settings_in(dir));
  w.open();
  w.push(log_kind::main, "one\n", 1);
  CHECK(wait_until([&] { return dir.read("mainlog.ec") == "before\none\n"; }));
  for (int i = 0; i < 1000; ++i) w.push(log_kind::main, std::to_string(i) + "\n", 1);
  w.push(log_kind::reject, "that log is off\n", 1);
  w.stop();
  const auto text = dir.read("mainlog.ec");
  CHECK(std::count(text.begin(), text.end(), '\n') == 1002);
  CHECK(text.ends_with("998\n999\n"));
  struct stat state {};
  REQUIRE(::stat(dir.file("mainlog.ec").c_str(), &state) == 0);
  CHECK((state.st_mode & 0777) == 0640);
}

TEST_CASE("a file that was renamed gets everything up to the reopening, the name everything after it") {
  fake_host host;
  directory dir;
  log_writer w(settings_in(dir));
  w.open();
  w.push(log_kind::main, "old\n", 1);
  fs::rename(dir.file("mainlog.ec"), dir.file("mainlog.ec.1"));
  CHECK(reopen(w).empty());
  CHECK(dir.read("mainlog.ec.1") == "old\n");
  w.push(log_kind::main, "new\n", 1);
  w.stop();
  CHECK(dir.read("mainlog.ec.1") == "old\n");
  CHECK(dir.read("mainlog.ec") == "new\n");
}

TEST_CASE("a reopening that fails keeps the old file and says so") {
  fake_host host;
  directory dir;
  log_writer w(settings_in(dir));
  w.open();
  fs::rename(dir.file("mainlog.ec"), dir.file("mainlog.ec.1"));
  fs::create_directory(dir.file("mainlog.ec"));
  CHECK(reopen(w).starts_with("cannot open " + dir.file("mainlog.ec")));
  w.push(log_kind::main, "kept\n", 1);
  w.stop();
  CHECK(dir.read("mainlog.ec.1") == "kept\n");
  CHECK(host.has_logged("cannot open"));
}

TEST_CASE("a file that cannot be opened prevents the start and says what to do") {
  fake_host host;
  directory dir;
  auto s = settings_in(dir);
  s.files[0].path = dir.file("no/such/mainlog.ec");
  log_writer w(s);
  CHECK_THROWS_WITH_AS(w.open(), doctest::Contains("its directory has to exist"), godwit::sdk::failure);
}

TEST_CASE("a full disk makes the server refuse mail; lines that find no room are lost and counted") {
  fake_host host;
  directory dir;
  auto s = settings_in(dir);
  s.files[static_cast<std::size_t>(log_kind::main)].path = "/dev/full";
  s.back_pressure = 1;
  log_writer w(s);
  w.open();
  w.push(log_kind::main, "one\n", 1);
  CHECK(wait_until([&] {
    const std::lock_guard lock(host.mutex);
    return host.unhealthy.count("write /dev/full") == 1;
  }));
  CHECK(host.has_logged("cannot write /dev/full: No space left on device"));
  w.push(log_kind::main, "two\n", 1);
  CHECK(host.counters["godwit_ec_logger_lost_total"].n == 1);
  w.offer(log_kind::panic, "three\n", 1);
  CHECK(host.counters["godwit_ec_logger_lost_total"].n == 2);
  CHECK(host.counters["log_submit_full{ec_logger}"].n == 1);
  w.stop();
  CHECK(host.counters["godwit_ec_logger_lost_total"].n == 3);
}

TEST_CASE("hearts beat by the clock of the host") {
  fake_host host;
  directory dir;
  auto s = settings_in(dir);
  s.files[0].heartbeat = std::chrono::seconds(60);
  log_writer w(s);
  w.open();
  host.steady_ns += 61'000'000'000;
  CHECK(wait_until([&] { return dir.read("mainlog.ec") == "1700000000@@@@M\n"; }));
  w.stop();
  CHECK(dir.read("paniclog.ec").empty());
}
