#pragma once
// The layouts that the conformance suite runs over. Kinds of modules have a header of their own in place of this one.

#include "fixture.hpp"

namespace godwit::test {

using spool::store_kind;

struct rocks_pair {
  static constexpr kinds value{store_kind::rocks_db, store_kind::rocks_db};
};
struct local_pair {
  static constexpr kinds value{store_kind::local_disk, store_kind::local_disk};
};
struct local_data {
  static constexpr kinds value{store_kind::local_disk, store_kind::rocks_db};
};
struct rocks_data {
  static constexpr kinds value{store_kind::rocks_db, store_kind::local_disk};
};

}  // namespace godwit::test

#define EVERY_KIND rocks_pair, local_pair, local_data, rocks_data
