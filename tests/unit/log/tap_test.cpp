#include "log/tap.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace godwit;

namespace {

struct collector final : log::tap {
  std::vector<std::string> lines;
  void line(log::level, std::string_view tag, std::string_view text) override {
    lines.push_back(fmt::format("{}: {}", tag, text));
    log::error("collector", "complains of what it reads");
  }
};

}  // namespace

TEST_CASE("a tap sees lines of its level, masked, but not what it writes itself; then no more") {
  const auto reader = std::make_shared<collector>();
  log::add_tap(log::level::warn, reader);
  log::info("test", "no news");
  log::warn("test", "AUTH PLAIN c2VjcmV0");
  log::error("test", "broken");
  log::remove_tap(reader);
  log::error("test", "unseen");
  REQUIRE(reader->lines.size() == 2);
  CHECK(reader->lines[0].find("c2VjcmV0") == std::string::npos);
  CHECK(reader->lines[1] == "test: broken");
}
