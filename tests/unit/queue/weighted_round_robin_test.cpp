#include "queue/weighted_round_robin.hpp"

#include <doctest/doctest.h>

using godwit::queue::weighted_round_robin;

namespace {

std::string picks(weighted_round_robin& robin, int n, const std::vector<bool>& excluded = {}) {
  std::string all;
  for (int i = 0; i < n; ++i) {
    const auto index = robin.next(excluded);
    all += index ? static_cast<char>('a' + *index) : '-';
  }
  return all;
}

}  // namespace

TEST_CASE("equal weights take turns, the second entry first") {
  weighted_round_robin robin;
  robin.assign({1, 1, 1});
  CHECK(picks(robin, 6) == "bcabca");
}

TEST_CASE("weights give shares") {
  weighted_round_robin robin;
  robin.assign({4, 3, 2});
  // Current weight 0 admits all until the first wrap, then 4, 3, 2, 1.
  CHECK(picks(robin, 11) == "bcaababcabc");
  const auto many = picks(robin, 900);
  CHECK(std::count(many.begin(), many.end(), 'a') == 400);
  CHECK(std::count(many.begin(), many.end(), 'b') == 300);
  CHECK(std::count(many.begin(), many.end(), 'c') == 200);
}

TEST_CASE("zero weights are absent, a single entry is picked directly") {
  weighted_round_robin robin;
  robin.assign({0, 5, 0});
  CHECK(picks(robin, 3) == "bbb");
  robin.assign({0, 0});
  CHECK(picks(robin, 1) == "-");
  robin.assign({});
  CHECK(picks(robin, 1) == "-");
}

TEST_CASE("excluded entries are passed over") {
  weighted_round_robin robin;
  robin.assign({1, 1, 1});
  CHECK(picks(robin, 2, {false, true, false}) == "ca");
  CHECK(picks(robin, 1, {true, true, true}) == "-");
  CHECK(picks(robin, 2, {true, false, true}) == "bb");
}

TEST_CASE("the same weights keep the state, others reset it") {
  weighted_round_robin robin;
  robin.assign({1, 1, 1});
  CHECK(picks(robin, 1) == "b");
  robin.assign({1, 1, 1});
  CHECK(picks(robin, 1) == "c");
  robin.assign({1, 1});
  CHECK(picks(robin, 2) == "ba");
}
