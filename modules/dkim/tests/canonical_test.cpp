#include "canonical.hpp"

#include <doctest/doctest.h>

using namespace dkim;

namespace {

std::string header(std::string_view raw, canonicalization how) {
  std::string out;
  append_canonical(out, split_headers(raw).at(0), how);
  return out;
}

std::string body_hash(std::string_view body, canonicalization how, std::size_t piece = 0) {
  body_hasher h(how);
  if (piece == 0) {
    h.update(body);
  } else {
    for (std::size_t at = 0; at < body.size(); at += piece) h.update(body.substr(at, piece));
  }
  return base64_encode(h.finish());
}

}  // namespace

TEST_CASE("header fields: the example of RFC 6376 3.4.5") {
  CHECK(header("A: X\r\n", canonicalization::relaxed) == "a:X\r\n");
  CHECK(header("B : Y\t\r\n\tZ  \r\n", canonicalization::relaxed) == "b:Y Z\r\n");
  CHECK(header("B : Y\t\r\n\tZ  \r\n", canonicalization::simple) == "B : Y\t\r\n\tZ  \r\n");
}

TEST_CASE("bodies: the example of RFC 6376 3.4.5") {
  body_hasher relaxed(canonicalization::relaxed), expected(canonicalization::simple);
  relaxed.update(" C \r\nD \t E\r\n\r\n\r\n");
  expected.update(" C\r\nD E\r\n");
  CHECK(relaxed.finish() == expected.finish());
  CHECK(relaxed.canonical_size() == 9);
}

TEST_CASE("empty bodies have the well-known hashes") {
  CHECK(body_hash("", canonicalization::simple) == "frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=");
  CHECK(body_hash("", canonicalization::relaxed) == "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
  CHECK(body_hash("\r\n\r\n", canonicalization::simple) == body_hash("", canonicalization::simple));
}

TEST_CASE("the pieces in which a body arrives do not matter") {
  const std::string body = "one  two\t\r\n\r\n  \r\nthree\r\nno end of line";
  for (const auto how : {canonicalization::simple, canonicalization::relaxed}) {
    const auto whole = body_hash(body, how);
    for (const std::size_t piece : {1, 2, 3, 7}) CHECK(body_hash(body, how, piece) == whole);
  }
}

TEST_CASE("a body limit counts canonical bytes") {
  body_hasher limited(canonicalization::simple, 5), expected(canonicalization::simple);
  limited.update("abc\r\nadded\r\n");
  expected.update("abc\r\n");
  CHECK(limited.finish() == expected.finish());
}

TEST_CASE("repeated fields are taken from the bottom, and beyond the last they are nothing") {
  const auto fields = split_headers("X: 1\r\nFrom: a\r\nx: 2\r\n folded\r\n\r\nbody: no\r\n");
  REQUIRE(fields.size() == 3);
  CHECK(canonical_headers(fields, {"X", "from", "X", "X"}, canonicalization::relaxed) == "x:2 folded\r\nfrom:a\r\nx:1\r\n");
}
