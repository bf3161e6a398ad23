#pragma once
// `godwit console` on a terminal.

#include "control/client.hpp"

namespace godwit::app {

/// Until quit or Ctrl-D. The exit status: 1 when the connection was lost.
int run_interactive(control::client& c);

}  // namespace godwit::app
