#include "mail/trace_header.hpp"

#include <doctest/doctest.h>

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "mime/header.hpp"

using namespace godwit;
using namespace godwit::mail;

namespace {
message sample(std::vector<address> to) { return message(uuid::make_v1(), {}, std::move(to)); }
const address one = *address::parse("r1@example.com"), two = *address::parse("r2@example.com");
}  // namespace

TEST_CASE("the payload") {
  const auto value = trace_header_value(sample({one}), {});
  CHECK(base64_decode(mime::unfold(value)) == R"({"_@_":"\\_/","recipient":"r1@example.com"})");
}

TEST_CASE("named metadata rides along, absent names do not") {
  auto m = sample({one, two});
  m.set_meta("tenant", "t");
  m.set_meta("secret", "s");
  m.set_meta("recipient", "forged");
  trace_options options;
  options.include_meta_names = {"tenant", "campaign", "recipient"};
  const auto payload = parse_trace_header(trace_header_value(m, options));
  REQUIRE(payload);
  CHECK(*payload == object{{"recipient", value::array{"r1@example.com", "r2@example.com"}}, {"tenant", "t"}});
}

TEST_CASE("folded lines stay within 75 columns") {
  auto m = sample({one});
  m.set_meta("long", std::string(500, 'x'));
  trace_options options;
  options.include_meta_names = {"long"};
  m.prepend_header(options.header_name, trace_header_value(m, options));
  for (const auto line : split(m.content.prefix, '\n')) CHECK(line.size() <= 76);  // its CR counted
  CHECK(m.content.prefix.find("\r\n\t") != std::string::npos);
  const auto field = mime::find_first(m.content.prefix, "x-kumoref");
  REQUIRE(field);
  CHECK(field->end == m.content.prefix.size());
  CHECK(parse_trace_header(field->value)->find("long")->as_string()->size() == 500);
}

TEST_CASE("other headers are not traces") {
  for (const std::string& text : {std::string("hello"), base64_encode("{}"), base64_encode("[1]"),
                                  base64_encode(R"({"_@_":"x"})"), base64_encode("{\"_@_\":")})
    CHECK_FALSE(parse_trace_header(text));
}
