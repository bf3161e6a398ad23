#include "log/mask.hpp"

#include <doctest/doctest.h>

using godwit::log::mask_secrets;

TEST_CASE("the word after an announcement is hidden") {
  CHECK(mask_secrets("C: AUTH PLAIN AGEAYg==") == "C: AUTH PLAIN ***");
  CHECK(mask_secrets("redis://x?password=hunter2&db=1") == "redis://x?password=***&db=1");
  CHECK(mask_secrets("Password: \"s p\"") == "Password: \"*** p\"");
  CHECK(mask_secrets("Authorization: Bearer abc, next") == "Authorization: Bearer ***, next");
}

TEST_CASE("other text passes unchanged") {
  for (const char* text : {"", "250 OK", "password", "secret sauce", "the token is spent", "AUTH PLAIN "})
    CHECK(mask_secrets(text) == text);
}
