#pragma once
// Everything declared, frozen. A VM holds one for its life, so declarations outlive the scripts that may call
// them.

#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "lua/registry.hpp"

namespace godwit::lua {

class catalogue {
 public:
  template <class T>
  using owned = std::vector<std::shared_ptr<const T>>;

  struct module_entry {
    std::string summary;
    owned<function_decl> functions;
    std::vector<constant_decl> constants;
  };
  struct type_entry {
    const type_tag* tag = nullptr;
    std::string module;
    std::string summary;
    owned<function_decl> methods, metamethods;
    owned<field_decl> fields;
    std::function<value(const std::shared_ptr<void>&)> to_value;
    bool is_like_table = false;

    const field_decl* find_field(std::string_view name) const;
  };

  std::map<std::string, module_entry, std::less<>> modules;
  std::unordered_map<const type_tag*, type_entry> types;

  const type_entry* find_type(const type_tag& tag) const;
};

}  // namespace godwit::lua
