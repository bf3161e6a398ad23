#include "control/rendering.hpp"

#include <doctest/doctest.h>

#include "base/json.hpp"

using namespace godwit;
using namespace godwit::control;

namespace {

const result_shape table{.what = result_shape::kind::table,
                         .columns = {{"domain", "Domain"}, {"active", "AQ"}, {"delayed", "DQ"}},
                         .total = "Total: {active}"};

part row(std::string domain, int active, int delayed) {
  return {part::kind::row, value::array{std::move(domain), active, delayed}};
}

}  // namespace

TEST_CASE("columns are aligned and numbers stand right") {
  text_renderer r(table);
  CHECK(r.render({row("example.com", 5, 0), row("b.test", 12345, 7)}) ==
        "Domain          AQ  DQ\n"
        "example.com      5   0\n"
        "b.test       12345   7\n");
}

TEST_CASE("the next chunk keeps the widths and has no head") {
  text_renderer r(table);
  r.render({row("example.com", 5, 0)});
  CHECK(r.render({row("b.test", 1, 2), {part::kind::total, object{{"active", 6}}}}) ==
        "b.test        1   2\n"
        "Total: 6\n");
}

TEST_CASE("a line pattern stands instead of columns") {
  auto shape = table;
  shape.line = "Domain: {domain} A: {active} D: {delayed} {{x}}";
  text_renderer r(shape);
  CHECK(r.render({row("example.com", 5, 0)}) == "Domain: example.com A: 5 D: 0 {x}\n");
}

TEST_CASE("a record shows its members in the order of the columns, null ones not") {
  const result_shape shape{.what = result_shape::kind::record, .columns = {{"a", "First"}, {"b", "Second One"}, {"c", "C"}}};
  text_renderer r(shape);
  CHECK(r.render({{part::kind::record, object{{"b", true}, {"a", 1.5}, {"c", nullptr}, {"hidden", 1}}}}) ==
        "First:      1.50\n"
        "Second One: true\n");
}

TEST_CASE("a record with a sentence is that sentence for people, and its members for programs") {
  const parts chunk{{part::kind::record, object{{"failed", 3}}, "a.test purged, 3 messages\x1b failed."}};
  result_shape shape;
  CHECK(text_renderer(shape).render(chunk) == "a.test purged, 3 messages? failed.\n");
  CHECK(json_members(shape, chunk) == std::vector<object>{object{{"record", object{{"failed", 3}}}}});
}

TEST_CASE("control characters do not reach the terminal") {
  text_renderer r(table);
  CHECK(cell_text("a\x1b[31mb\nc") == "a?[31mb?c");
  CHECK(r.render({{part::kind::text, "line\n\x1b]0;title\x07\r\nnext"}}) == "line\n?]0;title?\nnext\n");
}

TEST_CASE("JSON has rows as objects and parts in order") {
  auto shape = table;
  const auto frames = json_members(shape, {row("a", 1, 2), row("b", 3, 4), {part::kind::text, "done"}, row("c", 5, 6)});
  REQUIRE(frames.size() == 3);
  CHECK(json::write(frames[0]) == R"({"rows":[{"domain":"a","active":1,"delayed":2},{"domain":"b","active":3,"delayed":4}]})");
  CHECK(json::write(frames[1]) == R"({"text":"done"})");
  CHECK(json::write(frames[2]) == R"({"rows":[{"domain":"c","active":5,"delayed":6}]})");
}

TEST_CASE("columns may come with the answer") {
  text_renderer r(result_shape{});
  const parts chunk{{part::kind::columns, value::array{"Name", "N"}}, {part::kind::row, value::array{"a", 10}}};
  CHECK(r.render(chunk) == "Name   N\na     10\n");
  result_shape shape;
  CHECK(json::write(json_members(shape, chunk).front()) == R"({"rows":[{"Name":"a","N":10}]})");
}

TEST_CASE("a record without declared members shows all of them") {
  text_renderer r(result_shape{});
  CHECK(r.render({{part::kind::record, object{{"signed", 3}, {"failed", 0}}}}) == "signed: 3\nfailed: 0\n");
}
