#pragma once
// The core's part of what scripts can call: module kumo and its sub modules that touch the core's own
// objects.

#include "base/result.hpp"
#include "lua/registry.hpp"
#include "lua_api/services.hpp"

namespace godwit::lua_api {

/// All of the below, published as owner "core". `s` outlives the registry's VMs; for a listing it may be
/// empty.
result<void> declare_all(lua::registry& scripts, services& s);

// One per file of that name.
void declare_core(lua::module& kumo, services& s);  ///< on, reject, logging, limits, epoch
void declare_startup(lua::module& kumo,
                     services& s);  ///< define_spool, start_*_listener, thread counts, memory
void declare_egress(lua::module& kumo, services& s);    ///< make_*, invoke_get_*
void declare_messages(lua::module& kumo, services& s);  ///< Message, make_message, inject_message
void declare_headers(lua::module& kumo, services& s);   ///< header methods of Message
void declare_reports(lua::module& kumo, services& s);   ///< parse_rfc3464, parse_rfc5965
void declare_addresses(lua::module& kumo);              ///< EnvelopeAddress, AddressHeader
void declare_connections(lua::module& kumo);            ///< ConnectionMeta, AuthInfo
void declare_memoize(lua::module& kumo, services& s);
void declare_throttles(lua::module& kumo);
void declare_serde(lua::module& serde, lua::module& kumo);
void declare_files(lua::module& fs, lua::module& kumo);
void declare_time(lua::module& time, lua::module& kumo);
void declare_dns(lua::module& dns, services& s);
void declare_aaa(lua::module& aaa, services& s);  ///< access control lists

}  // namespace godwit::lua_api
