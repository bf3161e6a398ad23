#include "segment.hpp"

#include <doctest/doctest.h>

#include "directory.hpp"
#include "records.hpp"
#include "segment_name.hpp"

using namespace log_json;

TEST_CASE("names carry UTC time with nine fractional digits and the suffix") {
  const auto when =
      std::chrono::system_clock::time_point(std::chrono::nanoseconds(1'757'003'424'000'006'789));
  CHECK(segment_name(when, "") == "20250904-163024.000006789");
  CHECK(segment_name(when, ".bounce") == "20250904-163024.000006789.bounce");
  CHECK(is_segment_name("20250904-163024"));
  CHECK(is_segment_name("20250904-163024.000006789.bounce"));
  CHECK(!is_segment_name("notes.txt"));
}

TEST_CASE("a flushed line can be read while the segment is open; a finished segment is read-only") {
  fake_host host;
  directory dir;
  segment s({dir.path(), "", "# head\n"}, 0);
  s.append("one\n", godwit::sdk::now());
  s.flush();
  REQUIRE(dir.files().size() == 1);
  const auto file = dir.files().front();
  CHECK(decoded(file) == "# head\none\n");
  CHECK(!is_read_only(file));
  s.append("two\n", godwit::sdk::now());
  CHECK(s.size() == 15);
  s.finish();
  CHECK(decoded(file) == "# head\none\ntwo\n");
  CHECK(is_read_only(file));
}

TEST_CASE("the stream is used again for the next segment, under its own name") {
  fake_host host;  // its clock stands still: the second name must differ all the same
  directory dir;
  segment s({dir.path(), "", ""}, 3);
  for (const char* text : {"first\n", "second\n"}) {
    s.append(text, godwit::sdk::now());
    s.finish();
  }
  REQUIRE(dir.files().size() == 2);
  CHECK(decoded(dir.files()[0]) == "first\n");
  CHECK(decoded(dir.files()[1]) == "second\n");
}

TEST_CASE("a directory that cannot be made is said, and tried again") {
  fake_host host;
  segment s({"/proc/no/such", "", ""}, 0);
  CHECK_THROWS_WITH(s.append("x\n", godwit::sdk::now()), doctest::Contains("cannot create segment"));
  CHECK(!s.is_open());
}

TEST_CASE("segments of a former run are marked done") {
  directory dir;
  std::ofstream(dir.path() + "/20250904-163024.000006789") << "x";
  std::ofstream(dir.path() + "/other") << "x";
  mark_all_done(dir.path());
  CHECK(is_read_only(dir.path() + "/20250904-163024.000006789"));
  CHECK(!is_read_only(dir.path() + "/other"));
}
