// A module's Lua functions through the real registry and VM.
#include "abi/house.hpp"

using namespace godwit;

namespace {

struct scripted : test::house {
  scripted() { load_probe(object{{"greeting", "good day"}}); }
};

bool says(const std::string& text, std::string_view part) {
  INFO(text);
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE_FIXTURE(scripted, "plain functions") {
  CHECK(script(R"(
    local probe = require 'probe'
    assert(probe.greeting() == 'good day')
    assert(probe.add(2, 3) == 5)
    assert(probe.add(2) == 2)
  )") == "");
}

TEST_CASE_FIXTURE(scripted, "arguments are checked") {
  CHECK(says(script("require 'probe'.add('x', 1)"), "bad argument #1 'a' to 'probe.add'"));
  CHECK(says(script("require 'probe'.sequence{ frist = 1, first = 1 }"), "did you mean \"first\"?"));
  CHECK(says(script("require 'probe'.sequence{}"), "first: is required"));
  CHECK(says(script("require 'probe'.sequence{ first = 0 }"), "0 is out of range, use 1 to 1000"));
  CHECK(says(script("require 'probe'.sequence()"), "table expected, got nil"));
}

TEST_CASE_FIXTURE(scripted, "a parameter takes what remains") {
  CHECK(script(R"(
    local probe = require 'probe'
    assert(probe.count_rest('a') == 0)
    assert(probe.count_rest('a', 1, 'two', { 3 }) == 3)
    assert(probe.count_rest('a', nil, 2, nil) == 3, 'nils count')
  )") == "");
}

TEST_CASE_FIXTURE(scripted, "objects and their methods") {
  CHECK(script(R"(
    local s = require 'probe'.sequence{ first = 7 }
    assert(s:take() == 7)
    assert(s:take() == 8)
  )") == "");
}

TEST_CASE_FIXTURE(scripted, "methods on the core's objects") {
  CHECK(script("assert(require 'core_test'.message():probe_subject() == 'first  fold')") == "");
  message->content = {};
  CHECK(script("assert(require 'core_test'.message():probe_subject() == 'loaded')") == "");
}

TEST_CASE_FIXTURE(scripted, "functions that wait suspend the script") {
  resolver.txt["k._domainkey.example.org"] = {"v=DKIM1", "p=x"};
  CHECK(script(R"(
    local probe = require 'probe'
    local txt = probe.resolve('k._domainkey.example.org')
    assert(#txt == 2 and txt[2] == 'p=x')
    local ok, why = pcall(probe.resolve, 'nowhere.example')
    assert(not ok and tostring(why):find('does not exist'))
    assert(probe.wait('2ms') == 'waited')
    assert(probe.wait(0.002) == 'waited')
  )") == "");
}

TEST_CASE_FIXTURE(scripted, "a rejection is the same as kumo.reject") {
  CHECK(says(script("require 'probe'.reject()"), "554 no"));
}

TEST_CASE_FIXTURE(scripted,
                  "an unloaded module's functions are gone from new VMs, and old objects stay safe") {
  CHECK(unload().ok());
  CHECK(says(script("require 'probe'"), "probe"));
  load_probe();
  CHECK(script("assert(require 'probe'.greeting() == 'hello')") == "");
}
