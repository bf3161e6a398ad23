#include "control/arguments.hpp"

#include <doctest/doctest.h>

using namespace godwit;
using namespace godwit::control;

namespace {

const command fail_domain{
    .name = "fail domain",
    .parameters = {{"domain", word_type::domain}, {"note", word_type::rest, true}},
    .flags = {{"dry-run"}, {"meta", 0, {{"key"}, {"value"}}}, {"limit", 'l', {{"n", word_type::integer}}},
              {"domain", 'd', {{"name"}}, "", true}}};
const command showqueue{
    .name = "showqueue",
    .parameters = {{"binding", word_type::text, true}, {"domain"}, {"page", word_type::page, true}}};
const command details{
    .name = "message details",
    .parameters = {{"part", word_type::choice, true, "", {"full", "body"}}, {"id"}}};
const command typed{
    .name = "typed",
    .parameters = {{"n", word_type::integer}, {"d", word_type::duration}, {"b", word_type::boolean}}};

result<arguments> read(const command& c, std::string_view line) { return read_arguments(c, *split_line(line)); }

std::string complaint(const command& c, std::string_view line) {
  const auto got = read(c, line);
  REQUIRE_FALSE(got.ok());
  return got.why().text.substr(0, got.why().text.find('\n'));
}

}  // namespace

TEST_CASE("words of a command's name are taken together") {
  const command help{.name = "help", .parameters = {{"command", word_type::command, true}}};
  CHECK(read_arguments(help, *split_line("module  load"))->text("command") == "module load");
  CHECK(read_arguments(help, {})->text("command").empty());
}

TEST_CASE("words become typed values") {
  const auto got = read(typed, "-12 1h30m on");
  REQUIRE(got.ok());
  CHECK(got->integer("n", 0) == -12);
  CHECK(got->time("d", duration{}) == std::chrono::minutes(90));
  CHECK(got->is_set("b"));
  CHECK(complaint(typed, "x 1h on") == "n must be an integer, got 'x'");
  CHECK(complaint(typed, "1 tomorrow on") == "d must be a duration, got 'tomorrow'");
  CHECK(complaint(typed, "1 1h maybe") == "b must be on or off, got 'maybe'");
  CHECK(complaint(typed, "1 1h") == "b is missing");
  CHECK(complaint(typed, "1 1h on more") == "'more' is one word too many");
  CHECK(complaint(typed, "99999999999999999999 1h on") == "n must be an integer, got '99999999999999999999'");
}

TEST_CASE("an optional parameter before a required one waits for enough words") {
  CHECK(read(showqueue, "example.com")->text("domain") == "example.com");
  CHECK_FALSE(read(showqueue, "example.com")->has("binding"));
  const auto both = read(showqueue, "all example.com");
  CHECK(both->text("binding") == "all");
  CHECK(both->text("domain") == "example.com");
  const auto paged = read(showqueue, "example.com 10,20");
  CHECK(paged->text("domain") == "example.com");
  CHECK(paged->values().find("page")->find("offset")->as_integer()[0] == 20);
  CHECK(read(details, "full abc")->text("part") == "full");
  CHECK(read(details, "FULL abc")->text("part") == "full");
  CHECK(read(details, "abc")->text("id") == "abc");
  CHECK(complaint(details, "half abc") == "'abc' is one word too many");
}

TEST_CASE("flags stand anywhere, long, short or with a sign") {
  const auto got = read(fail_domain, "--dry-run example.com --meta tenant acme too many complaints");
  REQUIRE(got.ok());
  CHECK(got->is_set("dry-run"));
  CHECK(got->texts("meta") == std::vector<std::string>{"tenant", "acme"});
  CHECK(got->text("domain") == "example.com");
  CHECK(got->text("note") == "too many complaints");
  CHECK(read(fail_domain, "a -l 5")->integer("limit", 0) == 5);
  CHECK(read(fail_domain, "a --limit=5")->integer("limit", 0) == 5);
  CHECK(read(fail_domain, "a \"--dry-run\"")->text("note") == "--dry-run");
  CHECK(read(fail_domain, "a -- --dry-run")->text("note") == "--dry-run");
  CHECK(complaint(fail_domain, "a --dri-run") == "fail domain has no option --dri-run; did you mean --dry-run?");
  CHECK(complaint(fail_domain, "a --limit") == "--limit: n is missing");
  CHECK(complaint(fail_domain, "a --limit x") == "--limit: n must be an integer, got 'x'");
  CHECK(complaint(fail_domain, "a --dry-run=1") == "--dry-run takes no value");
  CHECK(complaint(fail_domain, "a --limit 1 --limit 2") == "--limit stands twice");
}

TEST_CASE("the usage comes with every complaint") {
  CHECK(read(details, "").why().text == "id is missing\nUsage: message details [full|body] id");
}
