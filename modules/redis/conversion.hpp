#pragma once
// Replies as scripts get them.

#include <godwit/value.hpp>

#include "reply.hpp"

namespace redis {

/// nil and integers, numbers and booleans as they are; the status OK is true, any other a string; arrays and
/// sets are arrays, maps are tables; a verbatim text is {format, text}, a push {kind, data}, one with
/// attributes {data, attributes}. An error, also one within an array, is thrown as failure with the server's
/// words.
godwit::sdk::value to_value(const reply& r);

}  // namespace redis
