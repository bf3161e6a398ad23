#include "mail/residence.hpp"

#include "metrics/registry.hpp"

namespace godwit::mail {

namespace {

/// Never destroyed: messages may go after static objects.
metrics::gauge& gauge_of(resident what) {
  static auto& messages = *new auto(metrics::get_gauge("message_meta_resident_count", {}));
  static auto& bodies = *new auto(metrics::get_gauge("message_data_resident_count", {}));
  return *(what == resident::message ? messages : bodies);
}

}  // namespace

void count_resident(resident what, int by) { gauge_of(what).add(by); }

}  // namespace godwit::mail
