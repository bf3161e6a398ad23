#include "receive/reply.hpp"

#include <doctest/doctest.h>

using namespace godwit;
using namespace godwit::receive;

namespace {

hook::verdict verdict_of(hook::verdict::kind what, int code, std::string text) {
  hook::verdict v;
  v.what = what;
  v.code = code;
  v.text = std::move(text);
  return v;
}

}  // namespace

TEST_CASE("no objection") {
  CHECK_FALSE(decision_of({}, "mx.test"));
  CHECK_FALSE(decision_of(verdict_of(hook::verdict::kind::done, 0, ""), "mx.test"));
}

TEST_CASE("a rejection; 421 ends the session") {
  const auto refused = decision_of(verdict_of(hook::verdict::kind::reject, 550, "5.7.1 no"), "mx.test");
  REQUIRE(refused);
  CHECK(refused->reply.one_line() == "550 5.7.1 no");
  CHECK_FALSE(refused->close);
  CHECK(decision_of(verdict_of(hook::verdict::kind::reject, 421, "later"), "mx.test")->close);
}

TEST_CASE("how a disconnect ends") {
  using closing = hook::verdict::closing;
  auto v = verdict_of(hook::verdict::kind::disconnect, 550, "no");
  v.mode = closing::force;
  CHECK(decision_of(v, "mx.test")->close);
  v.mode = closing::if_421;
  CHECK_FALSE(decision_of(v, "mx.test")->close);
  v.mode = closing::follow_with_421;
  const auto followed = decision_of(v, "mx.test");
  CHECK(followed->close);
  CHECK(followed->farewell->one_line() == "421 mx.test disconnecting due to previous error");
}
