#include "control/protocol.hpp"

#include <doctest/doctest.h>

using namespace godwit;
using namespace godwit::control;

TEST_CASE("requests") {
  const auto command = parse_request(R"({"id":7,"command":"mailq -l 5","format":"json"})");
  REQUIRE(command.ok());
  CHECK(command->what == request::kind::command);
  CHECK(command->id == 7);
  CHECK(command->line == "mailq -l 5");
  CHECK(command->format == answer_format::json);
  CHECK(parse_request(R"({"id":1,"complete":"ma"})")->what == request::kind::complete);
  CHECK(parse_request(R"({"cancel":7})")->what == request::kind::cancel);
  CHECK(parse_request(R"({"cancel":7})")->id == 7);
}

TEST_CASE("what is no request is refused with a reason") {
  const auto why = [](std::string_view frame) { return parse_request(frame).why().text; };
  CHECK(why("hello").starts_with("a request is one JSON object a line"));
  CHECK(why("[1]") == "a request is one JSON object a line");
  CHECK(why(R"({"command":"x"})") == "id is an integer");
  CHECK(why(R"({"id":"1","command":"x"})") == "id is an integer");
  CHECK(why(R"({"id":1})") == "a request has one of command, complete and cancel");
  CHECK(why(R"({"id":1,"command":"x","complete":"y"})") == "a request has one of command, complete and cancel");
  CHECK(why(R"({"id":1,"command":5})") == "command and complete are strings");
  CHECK(why(R"({"id":1,"command":"x","format":"xml"})") == "format must be \"text\" or \"json\"");
  CHECK(why(R"({"id":1,"command":"x","sudo":true})") == "a request has no member \"sudo\"");
  CHECK(why(R"({"cancel":1,"id":2})") == "cancel stands alone");
  CHECK(why(R"({"cancel":"1"})") == "cancel is an integer");
}

TEST_CASE("frames are lines") {
  CHECK(done(3, outcome::failed, "no\nline") == "{\"id\":3,\"done\":\"failed\",\"error\":\"no\\nline\"}\n");
  CHECK(done(3, outcome::ok) == "{\"id\":3,\"done\":\"ok\"}\n");
  CHECK(answer(1, object{{"text", "x"}}) == "{\"id\":1,\"text\":\"x\"}\n");
  CHECK(completions(2, {4, {"a"}}) == "{\"id\":2,\"begin\":4,\"completions\":[\"a\"]}\n");
}
