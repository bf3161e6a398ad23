// Loads a module, then runs the conformance suite of the spool over one of its kinds. Installed for authors of modules:
// spool-conformance FILE.so KIND [--settings JSON] [options of doctest]
#define DOCTEST_CONFIG_IMPLEMENT
#include <cstdio>

#include "abi/house.hpp"
#include "base/json.hpp"
#include "conformance/provided_layouts.hpp"
#include "log/log.hpp"
#include "spool/kind_registry.hpp"

namespace {

using namespace godwit;

constexpr const char* usage = "usage: spool-conformance FILE.so KIND [--settings JSON] [options of doctest, see --help]";

struct request {
  std::string file, kind;
  object settings;
};

result<object> read_settings(std::string_view text) {
  auto parsed = json::parse(text);
  if (!parsed) return fail("--settings: {}", parsed.why().text);
  const auto* table = parsed->as_object();
  if (table == nullptr) return fail("--settings: a JSON object is wanted, with the keys of [modules.NAME]");
  return *table;
}

result<request> read_request(int argc, char** argv) {
  if (argc < 3 || argv[1][0] == '-' || argv[2][0] == '-') return fail("{}", usage);
  request r{argv[1], argv[2], {}};
  for (int i = 3; i < argc; ++i) {
    if (std::string_view(argv[i]) != "--settings") continue;
    if (i + 1 == argc) return fail("{}", usage);
    auto settings = read_settings(argv[i + 1]);
    if (!settings) return settings.why();
    r.settings = std::move(*settings);
  }
  return r;
}

result<void> load(test::house& house, const request& r) {
  const auto name = std::filesystem::path(r.file).stem().string();
  if (auto loaded = house.modules.load(name, std::filesystem::absolute(r.file).string(), r.settings); !loaded) return loaded;
  const auto kind = spool::find_kind(r.kind);
  if (!kind || kind->owner != name) return fail("{} provides no spool kind \"{}\"", r.file, r.kind);
  test::provide({spool::lasting_name(kind->name)});
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  doctest::Context context(argc, argv);
  context.setAsDefaultForAssertsOutOfTestCases();
  const auto asked = read_request(argc, argv);
  if (!asked) {
    std::fprintf(stderr, "%s\n", asked.why().text.c_str());
    return 2;
  }
  test::house house;
  if (const auto loaded = load(house, *asked); !loaded) {
    std::fprintf(stderr, "spool-conformance: %s\n", loaded.why().text.c_str());
    return 1;
  }
  return context.run();
}
