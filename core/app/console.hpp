#pragma once
// `godwit console`: where the socket is, and what to do with it.

#include <functional>
#include <string>
#include <vector>

#include "control/client.hpp"

namespace godwit::app {

struct console_request {
  std::string socket;  ///< empty: GODWIT_CONTROL, then the default path
  std::vector<std::string> commands;  ///< from -e; empty: a terminal, or standard input
  bool json = false;
};

/// What talks to a person at a terminal; the exit status.
using interactive = std::function<int(control::client&)>;

/// The exit status: 0, or 1 when the server could not be reached or a command failed.
int run_console(const console_request& r, const interactive& talk);

}  // namespace godwit::app
