#pragma once
// The function table that modules see. Each *_slots.cpp fills its part.

#include <godwit/abi.h>

#include "base/value.hpp"
#include "hook/table.hpp"
#include "mail/message.hpp"

namespace godwit::module {

/// One for the process; constant.
const godwit_host& host_table();

void fill_server_slots(godwit_host& h);
void fill_value_slots(godwit_host& h);
void fill_metric_slots(godwit_host& h);
void fill_registration_slots(godwit_host& h);
void fill_call_slots(godwit_host& h);
void fill_message_slots(godwit_host& h);
void fill_connection_slots(godwit_host& h);
void fill_record_slots(godwit_host& h);
void fill_async_slots(godwit_host& h);
void fill_delivery_slots(godwit_host& h);
void fill_spool_slots(godwit_host& h);

// Handles are addresses of the host's own objects: making one costs nothing.

inline const value* from_handle(const godwit_value* v) { return reinterpret_cast<const value*>(v); }
inline value* from_handle(godwit_value* v) { return reinterpret_cast<value*>(v); }
inline const godwit_value* to_handle(const value* v) { return reinterpret_cast<const godwit_value*>(v); }
inline godwit_value* to_handle(value* v) { return reinterpret_cast<godwit_value*>(v); }

/// A message handle is the address of somebody's reference, which is emptied when the session is over.
inline godwit_message* to_handle(const mail::message_ref* m) {
  return reinterpret_cast<godwit_message*>(const_cast<mail::message_ref*>(m));
}
/// Null when the message is over.
inline mail::message* from_handle(const godwit_message* m) {
  return m ? reinterpret_cast<const mail::message_ref*>(m)->get() : nullptr;
}
inline const mail::message_ref& reference(const godwit_message* m) {
  return *reinterpret_cast<const mail::message_ref*>(m);
}

/// An independent copy that shares the body.
mail::message_ref copy_of(const mail::message& m);

inline godwit_connection* to_handle(const hook::connection_ref* c) {
  return reinterpret_cast<godwit_connection*>(const_cast<hook::connection_ref*>(c));
}
inline mail::connection_context* from_handle(const godwit_connection* c) {
  return c ? reinterpret_cast<const hook::connection_ref*>(c)->get() : nullptr;
}

}  // namespace godwit::module
