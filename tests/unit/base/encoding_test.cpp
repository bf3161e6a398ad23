#include "base/encoding.hpp"

#include <doctest/doctest.h>

using namespace godwit;

TEST_CASE("base64 matches the vectors of RFC 4648") {
  const char* vectors[][2] = {{"", ""},
                              {"f", "Zg=="},
                              {"fo", "Zm8="},
                              {"foo", "Zm9v"},
                              {"foob", "Zm9vYg=="},
                              {"fooba", "Zm9vYmE="},
                              {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, coded] : vectors) {
    CHECK(base64_encode(plain) == coded);
    CHECK(base64_decode(coded) == plain);
  }
}

TEST_CASE("base64 decoding is strict") {
  CHECK_FALSE(base64_decode("Zg"));  // padding missing
  CHECK_FALSE(base64_decode("Zg="));
  CHECK_FALSE(base64_decode("Zg==\r\n"));  // white space
  CHECK_FALSE(base64_decode("Zh=="));      // stray bits
  CHECK_FALSE(base64_decode("Z==="));
  CHECK_FALSE(base64_decode("===="));
  CHECK_FALSE(base64_decode("Z=9v"));
  CHECK_FALSE(base64_decode("Zm9-"));
}

TEST_CASE("binary survives both encodings") {
  std::string all;
  for (int c = 0; c < 256; ++c) all.push_back(static_cast<char>(c));
  CHECK(base64_decode(base64_encode(all)) == all);
  CHECK(hex_decode(hex_encode(all)) == all);
}

TEST_CASE("hex takes either case and whole bytes") {
  CHECK(hex_encode("\x0f\xA0") == "0fa0");
  CHECK(hex_decode("0FA0") == std::string("\x0f\xA0"));
  CHECK_FALSE(hex_decode("0"));
  CHECK_FALSE(hex_decode("0g"));
}
