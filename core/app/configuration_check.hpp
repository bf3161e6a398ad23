#pragma once
// What no table can tell about a configuration alone: users, files and names that are not there. For --check and for a
// start alike.

#include "app/settings.hpp"

namespace godwit::app {

/// Adds what is wrong to `c.found`. Opens certificates and keys, and nothing else.
void check_configuration(configuration& c);
/// Whether a listener's certificate and key can be used; a key that an event supplies is not asked for.
result<void> check_certificate(const net::tls_server_options& tls);

}  // namespace godwit::app
