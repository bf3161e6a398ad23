#include "mail/message.hpp"

#include <doctest/doctest.h>

#include "base/internal_error.hpp"

using namespace godwit;
using namespace godwit::mail;

namespace {

constexpr const char* text = "From: a@b\r\nSubject: one\r\n two\r\nX-A: 1\r\nx-a: 2\r\n\r\nbody\r\n";

message with_body(body_ref base) {
  message m(uuid::make_v1(), *address::parse("s@example.com"), {*address::parse("r@example.com")});
  m.content.base = std::move(base);
  m.data_dirty = m.meta_dirty = false;
  return m;
}

body_ref shared_body() { return make_body(text); }

}  // namespace

TEST_CASE("make_body finds the flags") {
  CHECK(make_body("a\r\n.b\r\n")->needs_stuffing);
  CHECK(make_body("\xC3\xBC")->is_8bit);
  const uuid id = uuid::make_v1();
  CHECK(make_body(text, id)->id == id);
  CHECK(make_body(text)->id != make_body(text)->id);
}

TEST_CASE("a prepend keeps the shared body shared") {
  const auto base = shared_body();
  auto m = with_body(base);
  m.prepend_header("X-B", "later");
  m.prepend_header("Received", "now");
  CHECK(m.content.base == base);
  CHECK(m.content.prefix == "Received: now\r\nX-B: later\r\n");
  CHECK(m.data_dirty);
  CHECK(m.content.join() == "Received: now\r\nX-B: later\r\n" + std::string(text));
  CHECK(m.content.size() == m.content.join().size());
}

TEST_CASE("an append goes to the end of the block, in a body of its own") {
  const auto base = shared_body();
  auto m = with_body(base);
  m.shared_body_id = base->id;
  m.append_header("X-B", "last");
  CHECK(m.content.base != base);
  CHECK(base->bytes == text);
  CHECK(m.content.base->id != base->id);
  CHECK(m.shared_body_id == base->id);  // the spool has yet to give it back
  CHECK(m.data_dirty);
  CHECK(m.content.base->bytes.find("x-a: 2\r\nX-B: last\r\n\r\nbody") != std::string::npos);
}

TEST_CASE("an append to odd blocks") {
  auto no_header = with_body(make_body("\r\nbody"));
  no_header.append_header("A", "1");
  CHECK(no_header.content.join() == "A: 1\r\n\r\nbody");
  auto cut = with_body(make_body("X: y"));
  cut.append_header("A", "1");
  CHECK(cut.content.join() == "X: y\r\nA: 1\r\n");
  auto empty = with_body(make_body(""));
  empty.append_header("A", "1");
  CHECK(empty.content.join() == "A: 1\r\n");
}

TEST_CASE("removing looks in front and in the body") {
  const auto base = shared_body();
  auto m = with_body(base);
  m.prepend_header("X-A", "0");
  m.prepend_header("X-B", "keep");
  m.remove_all_named_headers("X-a");
  CHECK(m.content.join() == "X-B: keep\r\nFrom: a@b\r\nSubject: one\r\n two\r\n\r\nbody\r\n");
  const auto own = m.content.base;
  m.remove_all_named_headers("x-b");
  CHECK(m.content.base == own);
  CHECK(m.content.prefix.empty());
}

TEST_CASE("removing what is not there changes nothing") {
  const auto base = shared_body();
  auto m = with_body(base);
  m.remove_all_named_headers("X-None");
  CHECK(m.content.base == base);
  CHECK_FALSE(m.data_dirty);
}

TEST_CASE("look-ups see the front first and unfold") {
  auto m = with_body(shared_body());
  m.prepend_header("X-A", "0");
  CHECK(m.first_header("x-a") == "0");
  CHECK(m.first_header("subject") == "one two");
  CHECK(m.all_headers("X-A") == std::vector<std::string>{"0", "1", "2"});
  CHECK_FALSE(m.first_header("body"));
  CHECK(m.header_block() == "X-A: 0\r\nFrom: a@b\r\nSubject: one\r\n two\r\nX-A: 1\r\nx-a: 2\r\n");
}

TEST_CASE("set_data replaces everything") {
  auto m = with_body(shared_body());
  m.prepend_header("X", "y");
  m.set_data("A: b\r\n\r\n");
  CHECK(m.content.join() == "A: b\r\n\r\n");
  CHECK(m.data_dirty);
}

TEST_CASE("8-bit content counts wherever it is") {
  auto m = with_body(shared_body());
  CHECK_FALSE(m.content.is_8bit());
  m.prepend_header("X", "\xC3\xBC");
  CHECK(m.content.is_8bit());
}

TEST_CASE("an edit that needs the body refuses without it") {
  abort_on_internal_error(false);
  auto m = with_body(nullptr);
  CHECK_THROWS_AS(m.append_header("A", "b"), internal_error);
  CHECK_THROWS_AS(m.remove_all_named_headers("A"), internal_error);
  CHECK(m.header_block().empty());
}

TEST_CASE("metadata") {
  auto m = with_body(nullptr);
  m.set_meta("k", "v");
  CHECK(m.meta_dirty);
  m.meta_dirty = false;
  m.set_meta("k", "v");
  CHECK_FALSE(m.meta_dirty);  // nothing to write again
  m.set_meta("n", 1);
  CHECK(m.meta_dirty);
  CHECK(m.get_meta_string("k") == "v");
  CHECK(m.get_meta_string("n").empty());
  CHECK(m.get_meta("none") == nullptr);
}
