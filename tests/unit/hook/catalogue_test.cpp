#include "hook/catalogue.hpp"

#include <doctest/doctest.h>

namespace godwit::hook {

TEST_CASE("a misspelled event is recognised") {
  CHECK(event_meant_by("smtp_server_rctp_to") == "smtp_server_rcpt_to");
  CHECK(event_meant_by("get_queue_conifg") == "get_queue_config");
}

TEST_CASE("documented names and a policy's own names are taken as they are") {
  CHECK(event_meant_by("init").empty());
  CHECK(event_meant_by("make.webhook").empty());
}

TEST_CASE("events of KumoMTA that are not there are known, and none that is there is among them") {
  CHECK(is_never_fired("should_enqueue_log_record"));
  CHECK(is_never_fired("log_disposition_webhook"));
  CHECK_FALSE(is_never_fired("make.webhook"));
  for (const auto& e : catalogue()) CHECK_FALSE(is_never_fired(e.name));
}

}  // namespace godwit::hook
