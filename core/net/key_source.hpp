#pragma once
// Where a key, certificate or password comes from (KeySource of the reference): a path, {key_data=…},
// {vault_…} or {event_name=…, event_args=…}.

#include <functional>
#include <string>

#include "base/result.hpp"
#include "base/value.hpp"

namespace godwit::net {

/// Answers the event form: calls the named event with its arguments.
using key_event_loader =
    std::function<result<std::string>(const std::string& event_name, const value& event_args)>;

/// Reads the bytes. A file is read on the calling thread: callers cache. The error names the source, never
/// its content.
result<std::string> load_key_source(const value& source, const key_event_loader& events = {});
/// The form is right (not that the key can be read): for option tables.
result<void> check_key_source(const value& source);

}  // namespace godwit::net
