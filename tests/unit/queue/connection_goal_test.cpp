#include "queue/connection_goal.hpp"

#include <doctest/doctest.h>

using godwit::queue::connection_goal;

TEST_CASE("the goal grows with the queue") {
  CHECK(connection_goal(32, 0) == 0);
  CHECK(connection_goal(32, 1) == 1);
  CHECK(connection_goal(32, 10) == 7);
  CHECK(connection_goal(32, 100) == 29);
  CHECK(connection_goal(32, 400) == 32);
  CHECK(connection_goal(32, 1'000'000) == 32);
  CHECK(connection_goal(1000, 3) == 3);
  CHECK(connection_goal(0, 10) == 0);
}

TEST_CASE("aggressive opening goes to the limit") {
  CHECK(connection_goal(32, 10, true) == 10);
  CHECK(connection_goal(32, 100, true) == 32);
}
