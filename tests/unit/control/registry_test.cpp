#include "control/registry.hpp"

#include <doctest/doctest.h>

using namespace godwit;
using namespace godwit::control;

namespace {

command named(std::string name, role r = role::reader) {
  return {.name = std::move(name), .role = r, .handler = [](invocation) -> rt::task<result<void>> { co_return result<void>{}; }};
}

struct filled {
  registry all;
  filled() {
    for (const auto* name : {"message details", "message fail", "message fail quiet", "summary", "module list"}) {
      REQUIRE(all.add("core", named(name)).ok());
    }
    auto load = named("module load", role::admin);
    load.parameters = {{"name", word_type::module}};
    load.flags = {{"quiet"}};
    REQUIRE(all.add("core", std::move(load)).ok());
    all.set_completer(word_type::module, [](std::string_view) { return std::vector<std::string>{"dkim", "log json"}; });
  }
};

using words = std::vector<std::string>;

}  // namespace

TEST_CASE_FIXTURE(filled, "the longest name wins") {
  CHECK(all.find("message fail 123")->command->name == "message fail");
  CHECK(all.find("message fail quiet 123")->command->name == "message fail quiet");
  CHECK(all.find("Message FAIL quiet 123")->rest.front().text == "123");
}

TEST_CASE_FIXTURE(filled, "what is no command gets a hint") {
  CHECK(all.find("sumary").why().text == "unknown command 'sumary'; did you mean summary?");
  CHECK(all.find("mesage details 1").why().text == "unknown command 'mesage details 1'; did you mean message details?");
  CHECK(all.find("message").why().text == "'message' is not complete: message details, message fail, message fail quiet");
  CHECK(all.find("message feil").why().text.starts_with("'message' is not complete"));
  CHECK(all.find("xyzzyplugh").why().text == "unknown command 'xyzzyplugh'; type help for a list");
  CHECK(all.find("  ").why().text == "the command is empty; type help for a list");
}

TEST_CASE_FIXTURE(filled, "names are unique and go with their owner") {
  CHECK(all.add("dkim", named("summary")).why().text == "the command 'summary' exists already, from core");
  REQUIRE(all.add("dkim", named("dkim stats")).ok());
  CHECK(all.owner("dkim stats") == "dkim");
  const auto held = all.find("dkim stats");
  all.remove_owner("dkim");
  CHECK_FALSE(all.find("dkim stats").ok());
  CHECK(held->command->name == "dkim stats");
  for (const auto* bad : {"", "Dkim", "dkim  stats", " dkim", "d\"kim"}) CHECK_FALSE(all.add("x", named(bad)).ok());
  CHECK_FALSE(all.add("x", command{.name = "handlerless"}).ok());
}

TEST_CASE_FIXTURE(filled, "completion of words, flags and arguments") {
  CHECK(all.complete("", role::admin).words == words{"message", "module", "summary"});
  CHECK(all.complete("m", role::admin).words == words{"message", "module"});
  CHECK(all.complete("message fail", role::admin).words == words{"fail"});
  CHECK(all.complete("message fail ", role::admin).words == words{"quiet"});
  CHECK(all.complete("module l", role::admin).words == words{"list", "load"});
  CHECK(all.complete("module l", role::reader).words == words{"list"});
  const auto names = all.complete("module load ", role::admin);
  CHECK(names.words == words{"dkim", "\"log json\""});
  CHECK(names.begin == 12);
  CHECK(all.complete("module load d", role::reader).words.empty());
  CHECK(all.complete("module load --", role::admin).words == words{"--quiet"});
}

TEST_CASE_FIXTURE(filled, "completion of a command's name as an argument") {
  auto help = named("help");
  help.parameters = {{"command", word_type::command, true}};
  REQUIRE(all.add("core", std::move(help)).ok());
  CHECK(all.complete("help mod", role::admin).words == words{"module"});
  CHECK(all.complete("help mod", role::admin).begin == 5);
  CHECK(all.complete("help module ", role::admin).words == words{"list", "load"});
  CHECK(all.complete("help module ", role::reader).words == words{"list"});
  CHECK(all.complete("help message fail q", role::admin).words == words{"quiet"});
  CHECK(all.complete("help module load ", role::admin).words.empty());
  CHECK(all.find("help message fail")->command->usage() == "help [command...]");
}
