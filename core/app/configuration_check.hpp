#pragma once
// What no table can tell about a configuration alone: users, files and names that are not there. For --check and for a
// start alike.

#include "app/settings.hpp"

namespace godwit::app {

/// Adds what is wrong to `c.found`. Opens certificates and keys, and nothing else.
void check_configuration(configuration& c);
/// Whether certificate and key of a listener can be used; a key that an event supplies is not asked for.
result<void> check_certificate(const smtp::listener_options& o);

}  // namespace godwit::app
