#include "log/log.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

using namespace godwit;

namespace {

/// Collects lines while it lives, and leaves the log as it was.
struct recorder {
  std::vector<std::string> lines;
  recorder() {
    log::observe([this](log::level, std::string_view tag, std::string_view text) {
      lines.push_back(fmt::format("{}: {}", tag, text));
    });
  }
  ~recorder() {
    log::observe({});
    CHECK(log::set_filter("info"));
    CHECK(log::configure({}));
  }
};

}  // namespace

TEST_CASE("only what the filter shows is written") {
  recorder r;
  REQUIRE(log::set_filter("kumod=info,lua=debug"));
  log::debug("smtp", "hidden");
  log::debug("lua", "shown {}", 1);
  log::info("smtp", "password={}", "hunter2");
  CHECK(r.lines == std::vector<std::string>{"lua: shown 1", "smtp: password=***"});
  CHECK(log::enabled(log::level::debug, "lua"));
  CHECK_FALSE(log::enabled(log::level::trace, "lua"));
}

TEST_CASE("a bad filter changes nothing") {
  recorder r;
  REQUIRE(log::set_filter("warn"));
  CHECK_FALSE(log::set_filter("debug,lua=loud"));
  CHECK_FALSE(log::enabled(log::level::info, "lua"));
}

TEST_CASE("lines go to a dated file in the directory") {
  recorder r;
  const auto dir = std::filesystem::temp_directory_path() / fmt::format("godwit-log-{}", ::getpid());
  std::filesystem::create_directories(dir);
  REQUIRE(log::configure({dir.string(), "json"}));
  log::info("smtp", "hello");
  log::flush();
  std::stringstream text;
  for (const auto& entry : std::filesystem::directory_iterator(dir))
    text << std::ifstream(entry.path()).rdbuf();
  CHECK(text.str().find(R"("message":"hello")") != std::string::npos);
  std::filesystem::remove_all(dir);
}

TEST_CASE("an impossible setting is an error") {
  recorder r;
  CHECK_FALSE(log::configure({"", "xml"}));
  CHECK_FALSE(log::configure({"/proc/nowhere", "full"}));
}
