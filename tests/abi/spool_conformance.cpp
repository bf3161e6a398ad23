// Loads a module, then runs the conformance suite of the spool over its kind.
#define DOCTEST_CONFIG_IMPLEMENT
#include <cstdio>

#include "abi/house.hpp"

int main(int argc, char** argv) {
  doctest::Context context(argc, argv);
  context.setAsDefaultForAssertsOutOfTestCases();
  godwit::test::house house;
  if (const auto loaded = house.modules.load(PROVIDING_MODULE, PROVIDING_FILE, {}); !loaded) {
    std::fprintf(stderr, "%s\n", loaded.why().text.c_str());
    return 1;
  }
  return context.run();
}
