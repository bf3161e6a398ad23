#include "base/json.hpp"
#include "lua_api/address_header.hpp"
#include "lua_api/declarations.hpp"
#include "lua_api/types.hpp"

namespace godwit::lua_api {

void declare_addresses(lua::module& kumo) {
  kumo.type<mail::address>("Sender or recipient of a message.")
      .field("user", "Local part without quotes and escapes.",
             [](const mail::address& a) { return a.user(); })
      .field("domain", "Domain part.", [](const mail::address& a) { return std::string(a.domain()); })
      .field("email", "The whole address.", [](const mail::address& a) { return a.email(); })
      .as_data([](const mail::address& a) { return value(a.email()); })
      .meta("__eq", [](const mail::address& a, const mail::address& b) { return a == b; })
      .meta("__tostring", [](const mail::address& a) { return a.email(); });
  kumo.type<address_header>("Parsed From, To or like header.")
      .field("user", "Local part of the only address.",
             [](const address_header& h) { return h.single().user; })
      .field("domain", "Domain of the only address.",
             [](const address_header& h) { return h.single().domain; })
      .field("email", "The only address.", [](const address_header& h) { return h.single().email; })
      .field("name", "Display name of the only address.",
             [](const address_header& h) { return h.single().name; })
      .field("list", "All addresses: {user, domain, email, name}.",
             [](const address_header& h) { return h.to_value(); })
      .as_data([](const address_header& h) { return h.to_value(); })
      .meta("__tostring", [](const address_header& h) { return json::write(h.to_value()); });
}

}  // namespace godwit::lua_api
