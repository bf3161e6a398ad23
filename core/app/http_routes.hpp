#pragma once
// The routes of the program itself: /metrics, /metrics.json, /api/check-liveness/v1.

#include "app/availability.hpp"
#include "http/router.hpp"

namespace godwit::app {

/// `now` outlives the routes.
result<void> add_core_routes(http::router& to, const availability& now);

}  // namespace godwit::app
