#include "mail/log_record.hpp"

#include <doctest/doctest.h>

using namespace godwit::mail;

TEST_CASE("names of record types go both ways") {
  CHECK(record_type_name(record_type::reception) == "Reception");
  CHECK(record_type_name(record_type::oob) == "OOB");
  CHECK(record_type_name(record_type::xfer_in) == "XferIn");
  for (int i = 0; i <= static_cast<int>(record_type::xfer_in); ++i) {
    const auto t = static_cast<record_type>(i);
    CHECK(record_type_from(record_type_name(t)) == t);
  }
  CHECK_FALSE(record_type_from("Any"));
}
