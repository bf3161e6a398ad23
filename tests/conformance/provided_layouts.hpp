#pragma once
// Layouts of the conformance suite with the kind that a module provides, which main() is told.

#include "unit/spool/fixture.hpp"

namespace godwit::test {

using spool::store_kind;

struct provided_pair {
  static inline kinds value;
};
struct provided_data {
  static inline kinds value;
};
struct provided_meta {
  static inline kinds value;
};

/// Before the first case runs.
inline void provide(store_kind kind) {
  provided_pair::value = {kind, kind};
  provided_data::value = {kind, store_kind::rocks_db};
  provided_meta::value = {store_kind::rocks_db, kind};
}

}  // namespace godwit::test

#define EVERY_KIND provided_pair, provided_data, provided_meta
