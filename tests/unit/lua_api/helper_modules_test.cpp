#include "unit/lua_api/policy_fixture.hpp"

#include <filesystem>
#include <fstream>

#include "lua_api/glob.hpp"

using namespace godwit;
using test::policy_fixture;

namespace {

struct temporary_directory {
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("godwit-lua-" + uuid::make_v4().simple());
  temporary_directory() { std::filesystem::create_directories(path / "a/b"); }
  ~temporary_directory() { std::filesystem::remove_all(path); }
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path / name) << text;
    return (path / name).string();
  }
};

}  // namespace

TEST_CASE_FIXTURE(policy_fixture, "JSON and TOML go both ways") {
  CHECK(eval("return kumo.json_parse('{\"a\": [1, 2.5, null, \"x\"]} // note').a[2]") == value(2.5));
  CHECK(eval("return kumo.serde.json_encode({a = {1, 2}})") == value("{\"a\":[1,2]}"));
  CHECK(eval("return kumo.toml_parse('x = 1\\n[t]\\ny = \"z\"').t.y") == value("z"));
  CHECK(eval("return kumo.serde.toml_parse(kumo.serde.toml_encode({t = {y = 5}})).t.y") == value(5));
  CHECK(failure("kumo.json_parse('{')").find("line 1") != std::string::npos);
  temporary_directory dir;
  CHECK(eval("return kumo.json_load('" + dir.write("x.json", "{\"a\": 1}") + "').a") == value(1));
  CHECK(eval("return kumo.toml_load('" + dir.write("x.toml", "a = 1") + "').a") == value(1));
  CHECK(failure("kumo.json_load('/nonexistent.json')").find("reading /nonexistent.json: No such file") !=
        std::string::npos);
}

TEST_CASE("file names by pattern") {
  temporary_directory dir;
  for (const char* name : {"one.lua", "two.json", "three.txt", "a/four.lua", "a/b/five.toml"})
    dir.write(name, "x");
  const auto base = dir.path.string();
  CHECK(lua_api::glob("*.lua", base) == std::vector<std::string>{"one.lua"});
  CHECK(lua_api::glob("**/*.{lua,toml}", base) ==
        std::vector<std::string>{"a/b/five.toml", "a/four.lua", "one.lua"});
  CHECK(lua_api::glob(base + "/t*", "/nowhere").size() == 2);
  CHECK(lua_api::glob("none/*", base).empty());
  CHECK(lua_api::list_directory(base)->size() == 4);
}

TEST_CASE_FIXTURE(policy_fixture, "time") {
  CHECK(eval("return tostring(kumo.time.from_unix_timestamp(0))") == value("1970-01-01 00:00:00 UTC"));
  CHECK(eval("return kumo.time.parse_rfc3339('2030-02-03T04:05:06Z').rfc2822") ==
        value("Sun, 03 Feb 2030 04:05:06 +0000"));
  CHECK(eval("local t = kumo.time.with_ymd_hms(2030, 2, 3, 4, 5, 6) return {t.year, t.month, t.second, "
             "t:format('%H')}") == value(value::array{2030, 2, 6, "04"}));
  CHECK(eval("local a = kumo.time.from_unix_timestamp(100) local d = kumo.time.parse_duration('1m') "
             "return {(a + d).unix_timestamp, (a - d).unix_timestamp, (a + d - a).seconds, tostring(d), a < "
             "a + d}") == value(value::array{160, 40, 60.0, "1m", true}));
  CHECK(failure("kumo.time.with_ymd_hms(2030, 2, 30, 0, 0, 0)").find("is no valid time") !=
        std::string::npos);
  CHECK(eval("kumo.sleep(0.001) local t <close> = kumo.time.start_timer('x') return t:done() >= 0") ==
        value(true));
}

TEST_CASE_FIXTURE(policy_fixture, "name resolution suspends the script") {
  CHECK(eval("local mx = kumo.dns.lookup_mx('example.com') return {mx.by_pref[10][2], mx.site_name, "
             "mx.is_mx}") == value(value::array{"b.example.com", "(a|b).example.com", true}));
  CHECK(failure("kumo.dns.lookup_mx('none.example')").find("none.example does not exist") !=
        std::string::npos);
  CHECK(eval("return kumo.dns.lookup_addr('x')") == value(value::array{"192.0.2.1"}));
  CHECK(eval("return kumo.dns.lookup_txt('x')") == value(value::array{"v=spf1 -all"}));
  CHECK(eval("return kumo.dns.ptr_host('192.0.2.1')") == value("1.2.0.192.in-addr.arpa"));
  CHECK(eval("return kumo.dns.reverse_ip('192.0.2.1')") == value("1.2.0.192"));
  CHECK(eval("return kumo.dns.reverse_ip('2001:db8::1')") ==
        value("1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2"));
  CHECK(failure("kumo.dns.ptr_host('example.com')").find("'example.com' is no IP address") != std::string::npos);
  CHECK(failure("kumo.dns.lookup_ptr('x')").find("'x' is no IP address") != std::string::npos);
}

TEST_CASE_FIXTURE(policy_fixture, "throttles are shared by name") {
  CHECK(eval("local t = kumo.make_throttle('one', '2/hour') t:throttle() t:throttle() local r = t:throttle() "
             "return {r.throttled, r.limit}") == value(value::array{true, 2}));
  CHECK(failure("kumo.make_throttle('x', 'often')") != "no error");
}

TEST_CASE_FIXTURE(policy_fixture, "rejections can be looked at") {
  CHECK(eval("local ok, why = pcall(kumo.reject, 550, '5.1.1 no') return {tostring(why), why.code, "
             "why.message}") == value(value::array{"550 5.1.1 no", 550, "5.1.1 no"}));
  CHECK(failure("kumo.disconnect(421, 'x', 'Slowly')").find("is not one of ForceDisconnect") !=
        std::string::npos);
  CHECK(eval("return kumo.version") == value("1.2.3"));
  CHECK(eval("return kumo.traceback(1)[1].short_src") == value("init.lua"));
}
