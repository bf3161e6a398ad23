// The module against a host in a header: no server, calls are answered in place.
#include "greeting.hpp"

#include <doctest/doctest.h>
#include <godwit/testing/fake_host.hpp>

using namespace godwit::sdk::testing;

TEST_CASE("messages get the field and are counted") {
  fake_host host;
  const auto settings = host.parse(greeting_module::settings(), R"({"text": "good day"})");
  greeting_module module(settings.view());
  module.init();
  godwit_message message;
  host.run_hook("smtp_server_message_received", {fake_argument::of(message)});
  CHECK(message.bytes().starts_with("X-greeting: good day\r\n"));
  CHECK(host.counters["godwit_greeting_messages_total"].n == 1);
  CHECK(host.run_function("greeting.text", {}).content.text == "good day");
  CHECK(host.run_command("greeting text").content.text == "good day");
}
