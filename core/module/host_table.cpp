#include "module/host_table.hpp"

namespace godwit::module {

const godwit_host& host_table() {
  static const godwit_host table = [] {
    godwit_host h{};
    h.size = sizeof(h);
    h.abi_major = GODWIT_ABI_MAJOR;
    h.abi_minor = GODWIT_ABI_MINOR;
    fill_server_slots(h);
    fill_value_slots(h);
    fill_metric_slots(h);
    fill_registration_slots(h);
    fill_call_slots(h);
    fill_message_slots(h);
    fill_connection_slots(h);
    fill_record_slots(h);
    fill_async_slots(h);
    fill_delivery_slots(h);
    fill_spool_slots(h);
    return h;
  }();
  return table;
}

}  // namespace godwit::module
