#include "app/console.hpp"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "control/batch.hpp"
#include "control/options.hpp"

namespace godwit::app {

namespace {

std::string socket_path(const std::string& given) {
  if (!given.empty()) return given;
  const char* named = std::getenv("GODWIT_CONTROL");
  return named && *named ? named : control::default_socket;
}

}  // namespace

int run_console(const console_request& r, const interactive& talk) {
  auto connected = control::client::connect(socket_path(r.socket));
  if (!connected) {
    std::fprintf(stderr, "godwit: %s\n", connected.why().text.c_str());
    return 1;
  }
  const auto format = r.json ? control::answer_format::json : control::answer_format::text;
  if (r.commands.empty() && !r.json && ::isatty(STDIN_FILENO) == 1) return talk(*connected);
  const auto commands = r.commands.empty() ? control::read_commands(stdin) : r.commands;
  return control::run_batch(*connected, commands, format);
}

}  // namespace godwit::app
