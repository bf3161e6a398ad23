#pragma once
// A route's handler within its time-out.

#include "http/router.hpp"

namespace godwit::http {

/// The handler's response; "Error: ..." with status 500 when it threw, 504 when it overran (it is then cancelled, and left
/// to itself if that does not end it). Throws route_withdrawn as the handler does. Cancelling the caller cancels the handler.
rt::task<response> call_bounded(route_ref to, request_ref r);

}  // namespace godwit::http
