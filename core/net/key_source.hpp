#pragma once
// Where a key, certificate or password comes from (KeySource of the reference): a path or {key_data=…}. The vault and
// event forms of the reference are refused where they are configured: nothing here could serve them.

#include <string>

#include "base/result.hpp"
#include "base/value.hpp"

namespace godwit::net {

/// Reads the bytes. A file is read on the calling thread: callers cache. The error names the source, never
/// its content.
result<std::string> load_key_source(const value& source);
/// The form is right (not that the key can be read): for option tables.
result<void> check_key_source(const value& source);

}  // namespace godwit::net
