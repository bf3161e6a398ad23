#pragma once
// Layouts of the conformance suite with the kind that a module provides.

#include "unit/spool/fixture.hpp"

namespace godwit::test {

using spool::store_kind;

constexpr store_kind provided{PROVIDED_KIND};

struct provided_pair {
  static constexpr kinds value{provided, provided};
};
struct provided_data {
  static constexpr kinds value{provided, store_kind::rocks_db};
};
struct provided_meta {
  static constexpr kinds value{store_kind::rocks_db, provided};
};

}  // namespace godwit::test

#define EVERY_KIND provided_pair, provided_data, provided_meta
