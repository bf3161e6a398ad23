#pragma once
// A script that has objects of a module goes on in the instance that made them to the end of its event, also while that
// instance drains: the objects of one request never meet other code.

#include <memory>

#include "lua/vm.hpp"
#include "module/instance.hpp"

namespace godwit::module {

/// The event, or policy load, in progress in `vm` is an open use of the instance until it ends; without effect when the
/// instance has stopped. What a script keeps longer than that (a global, kumo.memoize) holds nothing up. The VM's loop.
void hold_for_request(lua::vm& vm, const std::shared_ptr<godwit_instance>& used);
bool is_held_by_request(const lua::vm& vm, const godwit_instance& used);

}  // namespace godwit::module
