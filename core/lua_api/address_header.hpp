#pragma once
// A From, To or like header as scripts see it: one mailbox by its fields, any number through `list`.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/value.hpp"
#include "lua/any.hpp"
#include "mime/mailbox.hpp"

namespace godwit::lua_api {

struct address_header {
  std::vector<mime::mailbox> list;

  static result<address_header> parse(std::string_view raw);
  /// The mailbox of a header that has exactly one; throws std::runtime_error otherwise.
  const mime::mailbox& single() const;
  value to_value() const;
};

}  // namespace godwit::lua_api

template <>
inline constexpr const char* godwit::lua::tag_name<godwit::lua_api::address_header> = "AddressHeader";
