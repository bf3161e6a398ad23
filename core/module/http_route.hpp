#pragma once
// A module's handler as a route of the HTTP listeners.

#include <memory>

#include <godwit/abi.h>

#include "base/result.hpp"
#include "module/instance.hpp"

namespace godwit::module {

/// Copies what `r` says: one more of the instance's routes. The error says why it cannot be.
result<void> add_http_route(std::shared_ptr<godwit_instance> owner, const godwit_http_route& r);

}  // namespace godwit::module
