#include "receive/splitting.hpp"

#include <doctest/doctest.h>

#include "hook/table.hpp"

using namespace godwit;
using namespace godwit::receive;

namespace {

std::vector<mail::address> addresses(std::initializer_list<std::string_view> texts) {
  std::vector<mail::address> all;
  for (const auto text : texts) all.push_back(*mail::address::parse(text));
  return all;
}

}  // namespace

TEST_CASE("one message per recipient") {
  const auto groups = split_recipients(addresses({"a@x.test", "b@x.test"}), smtp::batch_handling::bifurcate_always);
  CHECK(groups == std::vector{addresses({"a@x.test"}), addresses({"b@x.test"})});
}

TEST_CASE("one message per domain, in order of appearance and without regard to case") {
  const auto groups = split_recipients(addresses({"a@x.test", "b@y.test", "c@X.test"}), smtp::batch_handling::batch_by_domain);
  CHECK(groups == std::vector{addresses({"a@x.test", "c@X.test"}), addresses({"b@y.test"})});
}

TEST_CASE("groups that a policy made") {
  CHECK(read_groups(value::array{value::array{"a@x.test"}, value::array{"b@y.test", "c@z.test"}}) ==
        std::vector{addresses({"a@x.test"}), addresses({"b@y.test", "c@z.test"})});
  CHECK_THROWS_AS(read_groups("a@x.test"), hook::handler_failed);
  CHECK_THROWS_AS(read_groups(value::array{"a@x.test"}), hook::handler_failed);
  CHECK_THROWS_AS(read_groups(value::array{value::array{"a b@x.test"}}), hook::handler_failed);
  CHECK_THROWS_AS(read_groups(value::array{value::array{1}}), hook::handler_failed);
}
