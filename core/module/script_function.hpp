#pragma once
// A module's Lua function or method as the registry calls it.

#include <memory>
#include <string>
#include <vector>

#include <godwit/abi.h>

#include "base/result.hpp"
#include "lua/registry.hpp"
#include "module/instance.hpp"

namespace godwit::module {

/// Adds the function to what `owner` publishes after init.
result<void> declare_function(const std::shared_ptr<godwit_instance>& owner, const godwit_function& f);
/// Makes a type of object known, so that functions may take and return it.
result<void> declare_object_type(const std::shared_ptr<godwit_instance>& owner, const godwit_object_type& t);
/// An object of a declared type: destroyed once, by the module's code, which stays mapped until then.
result<lua::object_ref> make_script_object(const std::shared_ptr<godwit_instance>& owner,
                                           std::string_view type, void* object);
/// Publishes all that init declared.
result<void> publish_declarations(godwit_instance& owner);

}  // namespace godwit::module
