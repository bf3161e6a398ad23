#include "unit/lua/script_fixture.hpp"

using namespace godwit;
using test::script_fixture;

namespace {

struct counter {
  int n = 0;
};
struct path_options {
  std::string name;
  duration timeout = std::chrono::seconds(60);
};

const config::options<path_options>& path_table() {
  static const auto& table = (new config::options<path_options>("make_path", "A path."))
                                 ->required("name", &path_options::name, "Its name.")
                                 .field("timeout", &path_options::timeout, "How long.");
  return table;
}

}  // namespace

template <>
inline constexpr const char* godwit::lua::tag_name<counter> = "Counter";
template <>
inline constexpr const char* godwit::lua::tag_name<path_options> = "Path";
template <>
struct godwit::config::table_of<path_options> {
  static const options<path_options>& get() { return path_table(); }
};

namespace {

struct fixture : script_fixture {
  fixture() {
    test::declare_test_functions(declarations, nullptr);
    lua::module m("t", "Test.");
    m.function("join", {"words", "separator"}, "Joins.",
               [](const std::vector<std::string>& words, std::optional<std::string> separator) {
                 std::string all;
                 for (const auto& w : words) all += (all.empty() ? "" : separator.value_or(",")) + w;
                 return all;
               });
    m.function("small", {"n"}, "A byte.", [](std::uint8_t n) { return n; });
    m.function("pair", {}, "Two results.", [] { return std::tuple(1, std::string("two")); });
    m.function("wait", {"d"}, "A duration.", [](duration d) { return d; });
    m.function("data", {"v"}, "Gives back.", [](value v) { return v; });
    m.function("count", {"items"}, "Counts.", [](lua::rest r) { return r.items.size(); });
    m.function("may", {"wait"}, "Perhaps waits.", [](bool wait) -> lua::maybe<std::string> {
      if (!wait) return std::string("now");
      return [](std::string s) -> rt::task<std::string> {
        co_await rt::sleep_for(std::chrono::milliseconds(1));
        co_return s;
      }("later");
    });
    m.function("make_counter", {}, "Makes one.", [] { return std::make_shared<counter>(); });
    m.function("domain", {"address"}, "Its domain.",
               [](const mail::address& a) { return std::string(a.domain()); });
    m.function("make_path", {"params"}, "Makes a path.", [](lua::strict<path_options> p) {
      return std::make_shared<path_options>(std::move(p.options));
    });
    m.type<counter>("Counts.")
        .method("add", {"n"}, "Adds.", [](counter& c, std::optional<int> n) { return c.n += n.value_or(1); })
        .method("slow_add", {"n"}, "Adds later.",
                [](std::shared_ptr<counter> c, int n) -> rt::task<int> {
                  co_await rt::sleep_for(std::chrono::milliseconds(1));
                  co_return c->n += n;
                })
        .field(
            "value", "What it counted.", [](const counter& c) { return c.n; },
            [](counter& c, int n) { c.n = n; })
        .meta("__tostring", [](const counter& c) { return "counter " + std::to_string(c.n); });
    m.type<path_options>("A path.").like_table([](const path_options& p) { return path_table().render(p); });
    m.placeholder("missing", "other", "Elsewhere.");
    const auto ok = declarations.add("test", std::move(m));
    REQUIRE_MESSAGE(ok.ok(), ok.why().text);
  }

  // The value of an expression, or the text of its error without the position.
  value eval(const std::string& body) {
    use("kumo = require 'kumo'\nt = require 't'\nkumo.on('e', function() " + body + " end)");
    REQUIRE(load() == "");
    auto a = fire("e");
    if (!a.how.text.empty()) return a.how.text.substr(0, a.how.text.find('\n'));
    return a.results.size() == 1 ? a.results[0] : value(a.results);
  }
  std::string failure(const std::string& body) {
    const value v = eval(body);
    REQUIRE(v.is_string());
    return v.as_string()->substr(std::string("policy.lua:3: ").size());
  }
};

}  // namespace

TEST_CASE_FIXTURE(fixture, "arguments and results cross with their types") {
  CHECK(eval("return t.join({'a', 'b'})") == value("a,b"));
  CHECK(eval("return t.join({'a', 'b'}, '-')") == value("a-b"));
  CHECK(eval("return t.pair()") == value(value::array{1, "two"}));
  CHECK(eval("return t.wait('1m 30s')") == value(90.0));
  CHECK(eval("return t.count(1, nil, 'x')") == value(3));
  CHECK(eval("return t.domain('a@example.com')") == value("example.com"));
  CHECK(eval("return t.may(false) .. t.may(true)") == value("nowlater"));
}

TEST_CASE_FIXTURE(fixture, "errors say which argument, what was expected and what came") {
  CHECK(failure("t.join()") == "bad argument #1 'words' to 't.join' (array expected, got nil)");
  CHECK(failure("t.join({'a', {}})") ==
        "bad argument #1 'words' to 't.join' (in element 2) (string expected, got table)");
  CHECK(failure("t.join({}, t)") == "bad argument #2 'separator' to 't.join' (string expected, got table)");
  CHECK(failure("t.small(300)") == "bad argument #1 'n' to 't.small' (300 is out of range)");
  CHECK(failure("t.small(1.5)") ==
        "bad argument #1 'n' to 't.small' (integer expected, got a number with a fraction)");
  CHECK(failure("t.wait('5 lightyears')").find("bad argument #1 'd' to 't.wait' (") == 0);
  CHECK(failure("t.domain({})") ==
        "bad argument #1 'address' to 't.domain' (EnvelopeAddress or string expected, got table)");
  CHECK(failure("t.make_counter().add(1)") ==
        "bad argument 'self' to 'Counter:add' (Counter expected, got number; call it with a colon)");
}

TEST_CASE_FIXTURE(fixture, "objects have methods, fields and metamethods") {
  CHECK(eval("local c = t.make_counter() c:add() c:add(4) return c.value") == value(5));
  CHECK(eval("local c = t.make_counter() c:slow_add(2) c.value = c.value + 1 return tostring(c)") ==
        value("counter 3"));
  CHECK(failure("t.make_counter().other = 1") == "Counter has no field 'other' that can be set");
  CHECK(failure("t.data(t.make_counter())") ==
        "bad argument #1 'v' to 't.data' (an object of type Counter cannot be data)");
}

TEST_CASE_FIXTURE(fixture, "option tables are strict and made objects look like tables") {
  CHECK(failure("t.make_path({nam = 'x'})").find("make_path: ") == 0);
  CHECK(failure("t.make_path({nam = 'x'})").find("name") != std::string::npos);
  CHECK(eval("local p = t.make_path({name = 'x', timeout = 5}) local keys = {} "
             "for k, v in pairs(p) do keys[#keys + 1] = k .. '=' .. tostring(v) end table.sort(keys) "
             "return p.name .. ' ' .. table.concat(keys, ',')") == value("x name=x,timeout=5s"));
  CHECK(eval("return t.make_path(t.make_path({name = 'x'})).name") == value("x"));
}

TEST_CASE_FIXTURE(fixture, "tables become data and back") {
  CHECK(eval("return t.data({1, 2, {a = true, b = 'x'}})") ==
        value(value::array{1, 2, object{{"a", true}, {"b", "x"}}}));
  CHECK(eval("return t.data({})") == value(object{}));
  CHECK(eval("return t.data({[10] = 'ten'})") == value(object{{"10", "ten"}}));
  CHECK(failure("t.data({a = {print}})") ==
        "bad argument #1 'v' to 't.data' (a function cannot be data, at a[1])");
  CHECK(failure("local x = {} x.x = x t.data(x)").find("nested too deeply, or contains itself") !=
        std::string::npos);
}

TEST_CASE_FIXTURE(fixture, "a placeholder names the module to enable, or loads it") {
  CHECK(failure("t.missing()") ==
        "t.missing is provided by the module other: enable it with [modules.other] enabled = true");
  declarations.set_loader([this](std::string_view name) {
    if (name != "other") return false;
    lua::module m("t", "");
    m.function("missing", {}, "Here.", [] { return std::string("loaded"); });
    return declarations.add("other", std::move(m)).ok();
  });
  CHECK(eval("return t.missing()") == value("loaded"));
}

TEST_CASE_FIXTURE(fixture, "an erased function is checked against its signature") {
  lua::module m("erased", "Declared at run time.");
  lua::signature s;
  s.parameters = {{"name", lua::type_spec::of(lua::type_spec::kind::string)},
                  {"c", lua::type_spec::object_of(lua::tag_of<counter>()).optional()}};
  m.add_function("f", s, "Erased.",
                 [](lua::context&, std::vector<lua::any> args) -> lua::maybe<std::vector<lua::any>> {
                   std::vector<lua::any> results{std::get<value>(args[0])};
                   if (auto c = lua::object_in<counter>(args[1])) results.emplace_back(value(c->n));
                   return results;
                 });
  REQUIRE(declarations.add("erased", std::move(m)));
  CHECK(eval("return require 'erased'.f('x')") == value("x"));
  CHECK(eval("local c = t.make_counter() c:add(7) return require 'erased'.f('x', c)") ==
        value(value::array{"x", 7}));
  CHECK(failure("require 'erased'.f('x', 'y')") ==
        "bad argument #2 'c' to 'erased.f' (Counter expected, got string)");
}

TEST_CASE_FIXTURE(fixture, "modules nest, extend types and refuse names that are taken") {
  lua::module more("t.deep", "Deeper.");
  more.function("f", {}, "F.", [] { return 1; });
  more.extend<counter>().method("twice", {}, "Doubles.", [](counter& c) { return c.n *= 2; });
  REQUIRE(declarations.add("more", std::move(more)));
  CHECK(eval("local c = t.make_counter() c:add(4) return t.deep.f() + require 't.deep'.f() + c:twice()") ==
        value(10));
  lua::module again("t", "");
  again.function("join", {}, "", [] {});
  const auto refused = declarations.add("again", std::move(again));
  REQUIRE(!refused.ok());
  CHECK(refused.why().text == "t.join is declared already by test");
  declarations.remove_owner("more");
  CHECK(eval("return t.deep") == value{});
}

TEST_CASE_FIXTURE(fixture, "what an owner declared is exchanged as a whole, or not at all") {
  const auto named = [](std::string module, std::string function, int result) {
    lua::module m(std::move(module), "");
    m.function(std::move(function), {}, "F.", [result] { return result; });
    return m;
  };
  REQUIRE(declarations.add("more", named("u", "f", 1)));
  std::vector<lua::module> refused;
  refused.push_back(named("u", "f", 2));
  refused.push_back(named("t", "join", 2));
  CHECK(declarations.replace_owner("more", std::move(refused)).why().text == "t.join is declared already by test");
  CHECK(eval("return require 'u'.f()") == value(1));
  std::vector<lua::module> fresh;
  fresh.push_back(named("u", "f", 3));
  REQUIRE(declarations.replace_owner("more", std::move(fresh)));
  CHECK(eval("return require 'u'.f()") == value(3));
}

TEST_CASE_FIXTURE(fixture, "the listing tells names, types and who may wait") {
  const auto text = declarations.describe_text();
  CHECK(text.find("function t.join(words: array of string, separator: string or nil) -> string\n") !=
        std::string::npos);
  CHECK(text.find("method   Counter:slow_add(n: integer) -> integer [may wait]\n") != std::string::npos);
  CHECK(text.find("field    Counter.value: integer") != std::string::npos);
  CHECK(text.find("function t.missing() [module other]") != std::string::npos);
}
