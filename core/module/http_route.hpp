#pragma once
// A module's handler as a route of the HTTP listeners.

#include <memory>

#include <godwit/abi.h>

#include "base/result.hpp"
#include "module/instance.hpp"

namespace godwit::module {

/// Copies what `r` says. The error says why the route cannot be.
result<void> add_http_route(std::shared_ptr<godwit_instance> owner, const godwit_http_route& r);

}  // namespace godwit::module
