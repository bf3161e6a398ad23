#pragma once
// The host table of the fake host; include <godwit/testing/fake_host.hpp>.

#include <godwit/testing/fake_async_slots.hpp>
#include <godwit/testing/fake_call_slots.hpp>
#include <godwit/testing/fake_connection_slots.hpp>
#include <godwit/testing/fake_delivery_slots.hpp>
#include <godwit/testing/fake_message_slots.hpp>
#include <godwit/testing/fake_metric_slots.hpp>
#include <godwit/testing/fake_registration_slots.hpp>
#include <godwit/testing/fake_server_slots.hpp>
#include <godwit/testing/fake_value_slots.hpp>

namespace godwit::sdk::testing::slots {

// Each in the file of its group; whichever of these headers is included first.
inline void fill_server(godwit_host& h);
inline void fill_value_reads(godwit_host& h);
inline void fill_value_writes(godwit_host& h);
inline void fill_metrics(godwit_host& h);
inline void fill_registration(godwit_host& h);
inline void fill_arguments(godwit_host& h);
inline void fill_answers(godwit_host& h);
inline void fill_envelope(godwit_host& h);
inline void fill_data(godwit_host& h);
inline void fill_connections_and_records(godwit_host& h);
inline void fill_async(godwit_host& h);
inline void fill_sessions(godwit_host& h);
inline void fill_deliveries(godwit_host& h);

inline const godwit_host& table() {
  static const godwit_host made = [] {
    godwit_host h{};
    h.size = sizeof(h);
    h.abi_major = GODWIT_ABI_MAJOR;
    h.abi_minor = GODWIT_ABI_MINOR;
    fill_server(h);
    fill_value_reads(h);
    fill_value_writes(h);
    fill_metrics(h);
    fill_registration(h);
    fill_arguments(h);
    fill_answers(h);
    fill_envelope(h);
    fill_data(h);
    fill_connections_and_records(h);
    fill_async(h);
    fill_sessions(h);
    fill_deliveries(h);
    return h;
  }();
  return made;
}

}  // namespace godwit::sdk::testing::slots
