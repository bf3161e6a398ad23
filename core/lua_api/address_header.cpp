#include "lua_api/address_header.hpp"

#include <stdexcept>

#include <fmt/format.h>

namespace godwit::lua_api {

result<address_header> address_header::parse(std::string_view raw) {
  auto list = mime::parse_mailboxes(raw);
  if (!list) return fail("'{}' is not a list of addresses", raw);
  return address_header{std::move(*list)};
}

const mime::mailbox& address_header::single() const {
  if (list.size() != 1) {
    throw std::runtime_error(
        fmt::format("the header has {} addresses, not a single one: use its field list", list.size()));
  }
  return list.front();
}

value address_header::to_value() const {
  value::array all;
  for (const auto& m : list) {
    object one{{"user", m.user}, {"domain", m.domain}, {"email", m.email}};
    if (m.name) one.set("name", *m.name);
    all.emplace_back(std::move(one));
  }
  return all;
}

}  // namespace godwit::lua_api
