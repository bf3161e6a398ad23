#include "config/options.hpp"

#include <doctest/doctest.h>

using namespace godwit;
using namespace std::chrono_literals;

namespace {

enum class mode { deny, allow };

struct inner_options {
  std::string name;
  std::uint32_t weight = 1;
};

struct sample_options {
  std::string banner = "Godwit";
  std::uint16_t port = 25;
  bool flag = false;
  duration timeout = 60s;
  mode endings = mode::deny;
  std::optional<std::string> hostname;
  cidr_set hosts;
  std::vector<inner_options> entries;
  std::optional<config::throttle_spec> rate;
};

}  // namespace

template <>
struct config::enum_names<mode> {
  static constexpr std::array all{std::pair{std::string_view("Deny"), mode::deny},
                                  std::pair{std::string_view("Allow"), mode::allow}};
};

const config::options<inner_options>& inner_table() {
  static const auto table = [] {
    config::options<inner_options> t("inner", "A member.");
    t.required("name", &inner_options::name, "Its name.").field("weight", &inner_options::weight, "Its share.");
    return t;
  }();
  return table;
}
template <>
struct config::table_of<inner_options> {
  static const options<inner_options>& get() { return inner_table(); }
};

namespace {

const config::options<sample_options>& sample_table() {
  static const auto table = [] {
    config::options<sample_options> t("sample", "A table.");
    t.field("banner", &sample_options::banner, "Greeting.")
        .field("port", &sample_options::port, "Port.")
        .field("flag", &sample_options::flag, "Flag.")
        .field("timeout", &sample_options::timeout, "Time.")
        .field("invalid_line_endings", &sample_options::endings, "What to do.")
        .field("hostname", &sample_options::hostname, "Name.")
        .field("relay_hosts", &sample_options::hosts, "Peers.")
        .field("entries", &sample_options::entries, "Members.")
        .field("rate", &sample_options::rate, "Rate.")
        .rule([](const sample_options& o) -> std::optional<std::string> {
          if (o.flag && !o.hostname) return "flag needs hostname";
          return std::nullopt;
        });
    return t;
  }();
  return table;
}

std::string why(const value& v) {
  auto parsed = config::parse_options(sample_table(), v);
  REQUIRE_FALSE(parsed.ok());
  return parsed.why().text;
}

}  // namespace

TEST_CASE("an empty table gives the defaults") {
  auto parsed = config::parse_options(sample_table(), object{});
  REQUIRE(parsed.ok());
  CHECK(parsed->banner == "Godwit");
  CHECK(parsed->timeout == 60s);
}

TEST_CASE("values of every kind are read") {
  auto parsed = config::parse_options(
      sample_table(), object{{"banner", "hi"}, {"port", "2,525"}, {"flag", true}, {"timeout", "1h 30m"},
                             {"invalid_line_endings", "Allow"}, {"hostname", "mx"},
                             {"relay_hosts", value::array{"10.0.0.0/8", "::1"}},
                             {"entries", value::array{object{{"name", "a"}, {"weight", 3.0}}}}, {"rate", "100/h"}});
  REQUIRE_MESSAGE(parsed.ok(), parsed.why().text);
  CHECK(parsed->port == 2525);
  CHECK(parsed->timeout == 90min);
  CHECK(parsed->endings == mode::allow);
  CHECK(parsed->hosts.contains(*ip_address::parse("10.2.3.4")));
  CHECK(parsed->entries.at(0).weight == 3);
  CHECK(parsed->rate->limit == 100);
}

TEST_CASE("an unknown key names the nearest known one") {
  CHECK(why(object{{"baner", "x"}}) == "sample: baner: unknown key \"baner\", did you mean \"banner\"?");
}

TEST_CASE("every problem is reported at once, with its path") {
  const auto text = why(object{{"port", 70000}, {"timeout", "soon"}, {"entries", value::array{object{{"wight", 1}}}}});
  CHECK(text.find("port: 70000 is out of range") != std::string::npos);
  CHECK(text.find("timeout: ") != std::string::npos);
  CHECK(text.find("entries[1].wight: unknown key \"wight\", did you mean \"weight\"?") != std::string::npos);
  CHECK(text.find("entries[1].name: is required") != std::string::npos);
}

TEST_CASE("a wrong type says what was expected") {
  CHECK(why(object{{"banner", 5}}) == "sample: banner: invalid type: integer, expected string");
  CHECK(why(object{{"invalid_line_endings", "Maybe"}}).find("\"Maybe\" is not one of \"Deny\", \"Allow\"") !=
        std::string::npos);
}

TEST_CASE("host bits in a CIDR block are an error") {
  CHECK(why(object{{"relay_hosts", value::array{"10.0.0.1/8"}}}).find("relay_hosts: ") != std::string::npos);
}

TEST_CASE("a rule over several fields is checked after them") {
  CHECK(why(object{{"flag", true}}) == "sample: flag needs hostname");
}

TEST_CASE("the reference page knows type, default and meaning") {
  const auto docs = sample_table().fields();
  CHECK(docs.at(3).name == "timeout");
  CHECK(docs.at(3).type == "duration");
  CHECK(docs.at(3).meaning == "Time.");
  CHECK(inner_table().fields().at(0).fallback == "required");
}
