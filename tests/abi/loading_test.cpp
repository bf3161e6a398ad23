// What the loader refuses, and in which words.
#include <elf.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "abi/house.hpp"
#include "module/handshake.hpp"

using namespace godwit;
using test::fixture;

namespace {

std::string refusal(const std::string& name, const std::string& file) {
  test::house house;
  const auto ok = house.modules.load(name, file, {});
  CHECK(house.modules.list().empty() == !ok.ok());
  return ok ? "" : ok.why().text;
}
std::string refusal(const std::string& name) { return refusal(name, fixture(name)); }

bool says(const std::string& text, std::string_view part) {
  INFO(text);
  return text.find(part) != std::string::npos;
}

struct temporary_file {
  std::string path =
      (std::filesystem::temp_directory_path() / ("abi_" + uuid::make_v4().simple() + ".so")).string();
  ~temporary_file() { std::filesystem::remove(path); }
};

}  // namespace

TEST_CASE("a module without the wrapper loads") { CHECK(refusal("raw") == ""); }

TEST_CASE("versions") {
  CHECK(says(refusal("too_new"), "module built for ABI 1.99, this server offers 1.0: update the server"));
  CHECK(says(refusal("next_major"), "module built for ABI 2.0, this server offers 1.0: update the server"));
  CHECK(says(refusal("too_old"), "module built for ABI 0.9, this server offers 1.0: rebuild the module"));
  CHECK(says(refusal("short_descriptor"), "rebuild the module"));
}

TEST_CASE("an older minor version is welcome") {
  godwit_module_descriptor d{};
  d.size = sizeof(d);
  d.abi_major = GODWIT_ABI_MAJOR;
  d.name = module::str("old");
  d.configure = [](const godwit_host*, godwit_instance*, const godwit_value*, void**) -> godwit_status {
    return GODWIT_OK;
  };
  CHECK(module::shake_hands(&d, "old.so", "old", GODWIT_ABI_MINOR + 3).ok());
  d.abi_minor = 4;
  const auto refused = module::shake_hands(&d, "m.so", {}, 3);
  CHECK(refused.why().text == "m.so: module built for ABI 1.4, this server offers 1.3: update the server");
}

TEST_CASE("what is no module") {
  CHECK(says(refusal("missing", "/no/such/file.so"), "cannot be opened: No such file"));
  CHECK(says(refusal("no_symbol"), "it exports no godwit_module; build it with godwit_add_module"));
  CHECK(says(refusal("nothing"), "returned no descriptor"));
  CHECK(says(refusal("bad_name"), "use lower-case letters, digits and underscores"));
  CHECK(says(refusal("other", fixture("raw")), "this is module 'raw', the configuration calls it 'other'"));
  const temporary_file text;
  std::ofstream(text.path) << "#!/bin/sh\n";
  CHECK(says(refusal("x", text.path), "not a shared object"));
}

TEST_CASE("another architecture") {
  const temporary_file copy;
  std::filesystem::copy_file(fixture("raw"), copy.path);
  std::fstream file(copy.path, std::ios::binary | std::ios::in | std::ios::out);
  const Elf64_Half machine = EM_S390;
  file.seekp(offsetof(Elf64_Ehdr, e_machine));
  file.write(reinterpret_cast<const char*>(&machine), sizeof(machine));
  file.close();
  CHECK(says(refusal("raw", copy.path), "build the module for this architecture"));
}

TEST_CASE("a module that refuses to run here says why") {
  CHECK(says(refusal("refuses"), "module 'raw'"));
  CHECK(says(refusal("raw", fixture("refuses")), "check failed: needs a kernel module"));
}

TEST_CASE("exceptions that cross are contained") {
  for (const std::string phase : {"check", "configure", "init"}) {
    ::setenv("UNRULY", (phase + ":throw").c_str(), 1);
    CHECK(says(refusal("unruly"), phase + " failed: it threw across the boundary: out of the module"));
  }
  ::setenv("UNRULY", "entry:throw", 1);
  CHECK(says(refusal("unruly"), "returned no descriptor"));
  ::unsetenv("UNRULY");
}

TEST_CASE("a module built with the recorded header works, though the server's table has grown") {
  test::house house;
  REQUIRE(house.modules.load("older", fixture("older"), {}).ok());
  CHECK(house.fire("probe_older", {}).verdict.text == "by the older module");
}

TEST_CASE("a check builds the module from its settings and lets go of it") {
  test::house house;
  config::problems found;
  ::setenv("UNRULY", "configure:throw", 1);
  REQUIRE(house.modules.check_settings("unruly", fixture("unruly"), {}, found).ok());
  ::unsetenv("UNRULY");
  REQUIRE(found.size() == 1);
  CHECK(says(found[0].text, "out of the module"));
  CHECK(house.modules.list().empty());
}

TEST_CASE("settings are checked before the module is configured") {
  test::house house;
  const auto wrong =
      house.modules.load("probe", fixture("probe"), object{{"enabled", true}, {"greting", "x"}});
  CHECK(
      says(wrong.why().text, "modules.probe: greting: unknown key \"greting\", did you mean \"greeting\"?"));
  config::problems found;
  REQUIRE(house.modules.check_settings("probe", fixture("probe"), object{{"pause", "soon"}, {"x", 1}}, found)
              .ok());
  CHECK(found.size() == 2);
}

TEST_CASE("--check-module tells what a module is and provides") {
  const auto report = module::check_module(fixture("probe"));
  REQUIRE_MESSAGE(report.ok(), report.why().text);
  CHECK(says(*report, "probe 2.1: A module for tests."));
  CHECK(says(*report, "ABI 1.0"));
  CHECK(says(*report, "greeting (string, hello): What probe.greeting() returns."));
  CHECK(says(*report, "hook probe_reject at priority 0"));
  CHECK(says(*report, "probe.add"));
  CHECK(!module::check_module(fixture("too_new")).ok());
}
