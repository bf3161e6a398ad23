#include "module/option_schema.hpp"

#include <doctest/doctest.h>

#include <godwit/options.hpp>

using namespace godwit;
using godwit::sdk::option;

namespace {

const sdk::option_table& nested() {
  static const sdk::option_table table("per_record", "Nested.",
                                       {
                                           option::boolean("enable").fallback("true").means("On."),
                                           option::text("suffix").means("Suffix."),
                                       });
  return table;
}

const sdk::option_table& declared() {
  static const sdk::option_table table(
      "things", "For tests.",
      {
          option::text("name").required().means("Its name."),
          option::duration("ttl").fallback("5m").means("How long."),
          option::size("limit").fallback("1KiB").between(1, 1 << 30).means("How large."),
          option::integer("count").between(1, 10).means("How many."),
          option::choice("mode", {"Relaxed", "Simple"}).fallback("Relaxed").means("How."),
          option::text_list("names").fallback("[]").means("Which."),
          option::table_map("per_record", nested(), {"Any", "Bounce"}).fallback("{}").means("By type."),
          option::table_list("logs", nested()).fallback("[]").means("All."),
      });
  return table;
}

struct outcome {
  value normalised;
  std::string problems;
};

outcome parse(object in) {
  config::problems found;
  auto v = module::option_schema(*declared().raw()).parse(std::move(in), found);
  return {std::move(v), config::describe(found)};
}

}  // namespace

TEST_CASE("every declared name is present, defaults filled in") {
  const auto o = parse({{"name", "x"}});
  CHECK(o.problems == "");
  CHECK(*o.normalised.find("ttl") == value(std::int64_t{300'000'000'000}));
  CHECK(*o.normalised.find("limit") == value(1024));
  CHECK(o.normalised.find("count")->is_null());
  CHECK(*o.normalised.find("mode") == value("Relaxed"));
  CHECK(o.normalised.find("logs")->is_array());
}

TEST_CASE("problems name the key and the nearest known one") {
  CHECK(parse({{"name", "x"}, {"limmit", 3}}).problems ==
        "limmit: unknown key \"limmit\", did you mean \"limit\"?");
  CHECK(parse({}).problems == "name: is required");
  CHECK(parse({{"name", "x"}, {"count", 11}}).problems == "count: 11 is out of range, use 1 to 10");
  CHECK(parse({{"name", "x"}, {"mode", "loose"}}).problems ==
        "mode: \"loose\" is not one of \"Relaxed\", \"Simple\"");
  CHECK(parse({{"name", "x"}, {"limit", "big"}}).problems.find("limit: \"big\" is no size") == 0);
}

TEST_CASE("choices ignore letter case and come back as declared") {
  CHECK(*parse({{"name", "x"}, {"mode", "simple"}}).normalised.find("mode") == value("Simple"));
}

TEST_CASE("nested tables are as strict, with their path") {
  const auto good = parse({{"name", "x"}, {"per_record", object{{"Bounce", object{{"suffix", "_b"}}}}}});
  CHECK(good.problems == "");
  CHECK(*good.normalised.find("per_record")->find("Bounce")->find("enable") == value(true));
  CHECK(parse({{"name", "x"}, {"per_record", object{{"Bounse", object{}}}}}).problems ==
        "per_record.Bounse: unknown key \"Bounse\", did you mean \"Bounce\"?");
  CHECK(parse({{"name", "x"}, {"logs", value::array{object{{"enabel", true}}}}})
            .problems.find("logs[1].enabel") == 0);
}

TEST_CASE("an empty Lua table is an array or an object") {
  CHECK(parse({{"name", "x"}, {"names", object{}}, {"per_record", value::array{}}}).problems == "");
}

TEST_CASE("sizes") {
  CHECK(*module::parse_size("20MiB") == 20 << 20);
  CHECK(*module::parse_size("1 GB") == 1'000'000'000);
  CHECK(*module::parse_size(7) == 7);
  CHECK(!module::parse_size("-1").ok());
  CHECK(!module::parse_size("99999999999999999999").ok());
  CHECK(!module::parse_size(true).ok());
}

TEST_CASE("the reference page sees the fields") {
  const auto fields = module::option_schema(*declared().raw()).fields();
  REQUIRE(fields.size() == 8);
  CHECK(fields[0].fallback == "required");
  CHECK(fields[1].type == "duration");
  CHECK(fields[6].type == "map of string to per_record");
}
