#pragma once
// The rules for requests with a JSON body (KumoMTA: HTTP API): 415 without the content type, 400 for malformed
// JSON, 422 for the wrong shape.

#include <variant>

#include "http/message.hpp"

namespace godwit::http {

/// The body as a value, or the reply to send instead.
std::variant<value, response> json_body(const request& r);
/// The 422 reply for a body that is JSON of another shape than `what` asks for.
response wrong_shape(std::string_view what);

}  // namespace godwit::http
