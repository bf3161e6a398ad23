#include "spool/unreadable.hpp"

#include "metrics/registry.hpp"

namespace godwit::spool {

void count_unreadable() {
  static const auto unreadable = metrics::get_counter("godwit_spool_unreadable_records", {});
  unreadable->add();
}

}  // namespace godwit::spool
