#include "unit/lua/script_fixture.hpp"

using namespace godwit;
using test::script_fixture;
using ending = lua::outcome::ending;

namespace {

struct fixture : script_fixture {
  fixture() { test::declare_test_functions(declarations, nullptr); }
};

}  // namespace

TEST_CASE_FIXTURE(fixture, "a rejection is recognised, survives pcall and can be raised again") {
  use(R"(kumo = require 'kumo'
kumo.on('plain', function() kumo.reject(550, 'no thanks') end)
kumo.on('caught', function()
  local ok, why = pcall(kumo.reject, 450, 'later')
  return ok, tostring(why)
end)
kumo.on('again', function()
  local ok, why = pcall(function() kumo.reject(451, 'again') end)
  error(why)
end))");
  REQUIRE(load() == "");
  auto plain = fire("plain");
  REQUIRE(plain.how.how == ending::rejected);
  CHECK(plain.how.refusal->code == 550);
  CHECK(plain.how.refusal->text == "no thanks");
  CHECK(fire("caught").results[0] == value(false));
  CHECK(fire("again").how.refusal->code == 451);
  CHECK(engine->spare_count() == 1);  // a rejection is no failure of the VM
}

TEST_CASE_FIXTURE(fixture, "a script error names file and line and brings the stack") {
  use("kumo = require 'kumo'\nkumo.on('e', function()\n  local t = nil\n  return t.x\nend)");
  REQUIRE(load() == "");
  auto a = fire("e");
  REQUIRE(a.how.how == ending::failed);
  CHECK(a.how.text.find("policy.lua:4: attempt to index a nil value (local 't')") == 0);
  CHECK(a.how.text.find("stack traceback:") != std::string::npos);
  CHECK(engine->spare_count() == 0);
}

TEST_CASE_FIXTURE(fixture, "a syntax error or a failing policy file is reported and keeps the old one") {
  use("kumo = require 'kumo'\nkumo.on('e', function() return 1 end");
  CHECK(load().find("policy.lua:2:") == 0);
  use("local x = nil + 1");
  CHECK(load().find("policy.lua:1: attempt to perform arithmetic on a nil value") == 0);
}

TEST_CASE_FIXTURE(fixture, "a script that runs away is stopped by instructions, even inside pcall") {
  lua::limits l;
  l.instructions = 200'000;
  use("kumo = require 'kumo'\nkumo.on('e', function() while true do pcall(function() while true do end end) "
      "end end)\n"
      "kumo.on('c', function() coroutine.wrap(function() while true do end end)() end)",
      l);
  REQUIRE(load() == "");
  auto a = fire("e");
  REQUIRE(a.how.how == ending::failed);
  CHECK(a.how.text.find("the script was stopped after") != std::string::npos);
  CHECK(fire("c").how.text.find("the script was stopped after") != std::string::npos);
}

TEST_CASE_FIXTURE(fixture, "a script is stopped by running time, waits not counted") {
  lua::limits l;
  l.run_time = std::chrono::milliseconds(30);
  use("kumo = require 'kumo'\nkumo.on('e', function() while true do end end)\n"
      "kumo.on('w', function() kumo.sleep(0.05) for i = 1, 100000 do end return 'done' end)",
      l);
  REQUIRE(load() == "");
  CHECK(fire("e").how.text.find("the script was stopped after running for") != std::string::npos);
  CHECK(fire("w").results == std::vector<value>{"done"});
}

TEST_CASE_FIXTURE(fixture, "a script cannot use more memory than it may") {
  lua::limits l;
  l.memory = 4 << 20;
  use("kumo = require 'kumo'\nkumo.on('e', function() local t = {} for i = 1, 1e9 do t[i] = ('x'):rep(1000) "
      ".. i end end)\n"
      "kumo.on('big', function() return ('x'):rep(1 << 30) end)",
      l);
  REQUIRE(load() == "");
  CHECK(fire("e").how.text == "not enough memory: the script may use 4 MiB");
  CHECK(fire("big").how.text == "not enough memory: the script may use 4 MiB");
}

TEST_CASE_FIXTURE(fixture, "what would run a shell, end the process or load machine code is absent") {
  use("kumo = require 'kumo'\nkumo.on('e', function() return os.execute, io.popen, os.exit, package.loadlib, "
      "string.dump, debug.sethook end)\n"
      "kumo.on('binary', function() return load('\\27Lua') end)");
  REQUIRE(load() == "");
  CHECK(fire("e").results == std::vector<value>(6));
  CHECK(fire("binary").results[1].as_string()->find("attempt to load a binary chunk") != std::string::npos);
}
