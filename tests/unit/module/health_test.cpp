#include "module/health.hpp"

#include <doctest/doctest.h>

using godwit::module::health;

TEST_CASE("mail is refused while anything is unhealthy") {
  health h;
  CHECK(!h.refusal());
  h.set("log_json", "disk /a", false, "disk is too full");
  h.set("other", "x", false, "no");
  CHECK(h.refusal() == "disk is too full");
  h.set("log_json", "disk /a", true, "");
  CHECK(h.refusal() == "no");
  h.remove_owner("other");
  CHECK(!h.refusal());
}
