#pragma once
// `godwit console`: where the socket is, and what to do with it.

#include <string>
#include <vector>

namespace godwit::app {

struct console_request {
  std::string socket;  ///< empty: GODWIT_CONTROL, then the default path
  std::vector<std::string> commands;  ///< from -e; empty: standard input
  bool json = false;
};

/// The exit status: 0, or 1 when the server could not be reached or a command failed.
int run_console(const console_request& r);

}  // namespace godwit::app
