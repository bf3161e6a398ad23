#include "spool/pending_records.hpp"

#include <doctest/doctest.h>

namespace godwit::spool {

namespace {

const uuid key = uuid::make_v1();
const place here{table::data, key};

operation put(std::string_view text, bool is_fresh) { return {.where = table::data, .is_fresh = is_fresh, .key = key, .head = text}; }
operation erase() { return put({}, true).inverse(); }

/// What is known of the record: its bytes, "removed", or "files tell".
std::string known(const pending_records& p) {
  const auto found = p.find(here);
  if (!found.is_known) return "files tell";
  return found.bytes ? *found.bytes : "removed";
}

}  // namespace

TEST_CASE("pending: a new record that is removed leaves nothing to do") {
  pending_records p;
  p.apply(put("x", true));
  CHECK(known(p) == "x");
  CHECK(p.keys(table::data) == std::vector{key});
  CHECK(p.keys(table::meta).empty());
  p.apply(erase());
  CHECK(known(p) == "files tell");
  CHECK(p.doomed().empty());
}

TEST_CASE("pending: a removed record that has a file dooms it, also after it was replaced") {
  for (const bool is_replaced : {false, true}) {
    pending_records p;
    if (is_replaced) p.apply(put("newer", false));
    p.apply(erase());
    CHECK(known(p) == "removed");
    CHECK(p.doomed() == places{here});
    p.forget(p.doomed());
    CHECK(known(p) == "files tell");
  }
}

TEST_CASE("pending: empty bytes are a record") {
  pending_records p;
  p.apply(put("", false));
  p.apply(put("", true));
  CHECK(known(p) == "");
  p.apply(erase());
  CHECK(p.doomed() == places{here});  // the file of the first
}

TEST_CASE("pending: what leaves stays readable until it is settled") {
  pending_records p;
  p.apply(put("x", true));
  p.turn_over();
  CHECK(p.is_leaving());
  CHECK(known(p) == "x");
  p.settle();
  CHECK_FALSE(p.is_leaving());
  CHECK(known(p) == "files tell");
  CHECK(p.doomed().empty());
}

TEST_CASE("pending: what is removed while it leaves goes once it is a file") {
  pending_records p;
  p.apply(put("x", true));
  p.turn_over();
  p.apply(erase());
  CHECK(p.is_dropped(here));
  CHECK(known(p) == "removed");
  CHECK(p.doomed().empty());
  p.settle();
  CHECK(p.doomed() == places{here});
}

TEST_CASE("pending: what is replaced while it leaves") {
  pending_records p;
  p.apply(put("x", true));
  p.turn_over();
  p.apply(put("newer", false));
  CHECK(known(p) == "newer");
  p.settle();
  CHECK(known(p) == "newer");
  p.apply(erase());
  CHECK(p.doomed() == places{here});
}

TEST_CASE("pending: removed and stored again while it leaves") {
  pending_records p;
  p.apply(put("x", true));
  p.turn_over();
  p.apply(erase());
  p.apply(put("again", true));
  CHECK(known(p) == "again");
  p.settle();
  CHECK(known(p) == "again");
  CHECK(p.doomed() == places{here});  // the file of the first, before the second becomes one
}

TEST_CASE("pending: stored again where a file is to go, it is there while it leaves") {
  pending_records p;
  p.apply(erase());
  p.apply(put("again", true));
  p.turn_over();
  CHECK(known(p) == "again");
  CHECK(p.doomed() == places{here});
  p.forget(p.doomed());
  p.settle();
  CHECK(known(p) == "files tell");
}

TEST_CASE("pending: a journal of which nothing is left leaves as well") {
  pending_records p;
  p.apply(put("x", true));
  p.apply(erase());
  p.turn_over();
  CHECK(p.is_leaving());
  CHECK(p.leaving().empty());
  p.settle();
  CHECK_FALSE(p.is_leaving());
}

}  // namespace godwit::spool
