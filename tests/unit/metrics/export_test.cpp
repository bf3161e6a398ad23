#include "metrics/export.hpp"

#include <doctest/doctest.h>

#include "base/json.hpp"
#include "metrics/catalogue.hpp"
#include "metrics/registry.hpp"

using namespace godwit;
using namespace godwit::metrics;

namespace {

value shown(const char* name) {
  const auto all = json::parse(expose_json());
  REQUIRE(all.ok());
  const auto* member = all->find(name);
  REQUIRE(member != nullptr);
  return *member;
}

}  // namespace

TEST_CASE("values take the form of their labels") {
  get_counter("j_plain", "Plain")->add(3);
  CHECK(json::write(shown("j_plain")) == R"({"help":"Plain","type":"counter","value":3})");
  get_gauge("j_one", "", {{"queue", "a\"b"}})->set(-1);
  get_gauge("j_one", "", {{"queue", "c"}})->set(2);
  CHECK(json::write(shown("j_one")) == R"({"type":"gauge","value":{"queue":{"a\"b":-1,"c":2}}})");
  get_counter("j_two", "", {{"x", "1"}, {"y", "2"}})->add(5);
  CHECK(json::write(shown("j_two")) == R"({"type":"counter","value":[{"x":"1","y":"2","@":5}]})");
}

TEST_CASE("series of one name with and without labels are still JSON") {
  get_counter("j_mixed", "", {})->add(1);
  get_counter("j_mixed", "", {{"x", "1"}})->add(2);
  CHECK(json::write(shown("j_mixed")) == R"({"type":"counter","value":[{"@":1},{"x":"1","@":2}]})");
}

TEST_CASE("a histogram has count, sum, average and cumulative buckets") {
  const auto h = get_histogram("j_latency", "Seconds");
  h->observe(0.01);
  h->observe(0.03);
  h->observe(100);
  const auto v = *shown("j_latency").find("value");
  CHECK(*v.find("count") == value(3));
  double sum = 0, average = 0;
  CHECK(v.find("sum")->to_number(sum));
  CHECK(v.find("avg")->to_number(average));
  CHECK(sum == doctest::Approx(100.04));
  CHECK(average == doctest::Approx(100.04 / 3));
  const auto& buckets = *v.find("bucket")->as_array();
  CHECK(json::write(buckets[1]) == "[0.01,1]");
  CHECK(*buckets.back().as_array()->back().as_integer() == 2);
}

TEST_CASE("a prefix goes before each name") {
  get_counter("j_prefixed", "help")->add();
  const auto text = expose_text("mta_");
  CHECK(text.find("# HELP mta_j_prefixed help\n# TYPE mta_j_prefixed counter\nmta_j_prefixed 1\n") != std::string::npos);
  for (const char* good : {"", "a", "_x:9"}) CHECK(is_valid_prefix(good));
  for (const char* bad : {"9a", "a b", "a\n", "\xc3\xa4"}) CHECK_FALSE(is_valid_prefix(bad));
}

TEST_CASE("the catalogue's help is exposed, whatever the caller says") {
  get_counter("total_qmaint_runs", "something else");
  REQUIRE(find_doc("total_qmaint_runs") != nullptr);
  CHECK(find_doc("nobody_knows_this") == nullptr);
  CHECK(expose_text().find("# HELP total_qmaint_runs Rounds of queue upkeep.\n") != std::string::npos);
}

TEST_CASE("series without labels can be made before anything is counted") {
  create_unlabelled();
  const auto text = expose_text();
  CHECK(text.find("\nbind_failures 0\n") != std::string::npos);
  CHECK(text.find("\nmessage_save_latency_count 0\n") != std::string::npos);
  CHECK(text.find("\nready_count") == std::string::npos);
}
