#pragma once
// msg:import_headers and import_x_headers: header fields into metadata.

#include <optional>
#include <string>
#include <vector>

#include "config/options.hpp"
#include "mail/message.hpp"

namespace godwit::lua_api {

enum class header_match { first, last, all };
enum class name_transform { snake_case, kebab_case, camel_case, pascal_case };

struct header_import {
  std::string name;  ///< may end in *
  header_match match = header_match::last;
  name_transform transform = name_transform::snake_case;
  std::optional<std::string> target;
  bool remove = false;

  bool selects(std::string_view header) const;
};

const config::options<header_import>& header_import_table();

std::string transform_name(std::string_view header, name_transform how);
/// For each field the first import that selects it counts.
void import_headers(mail::message& m, const std::vector<header_import>& imports);

}  // namespace godwit::lua_api

template <>
struct godwit::config::table_of<godwit::lua_api::header_import> {
  static const options<godwit::lua_api::header_import>& get() {
    return godwit::lua_api::header_import_table();
  }
};
