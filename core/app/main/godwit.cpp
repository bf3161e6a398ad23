// The operator's tool: one sub-command per job.

#include <cstdio>
#include <iostream>

#include <CLI/CLI.hpp>

#include "app/console.hpp"
#include "app/listing.hpp"
#include "app/version.hpp"

int main(int argc, char** argv) {
  using namespace godwit;
  CLI::App cli{"Godwit's tool for operators.", "godwit"};
  cli.set_version_flag("--version", std::string(app::version));
  cli.require_subcommand(1);
  bool json = false;
  std::string modules;
  auto* lua_api = cli.add_subcommand("lua-api", "List every function, method and type that a script can use.");
  lua_api->add_flag("--json", json, "As JSON, for editors.");
  lua_api->add_option("--module-path", modules, "Directory whose modules are listed too.");
  auto* options = cli.add_subcommand("options", "List every option table with types, defaults and meanings, as Markdown.");
  auto* events = cli.add_subcommand("events", "List every documented event, as Markdown.");
  app::console_request console;
  auto* talk = cli.add_subcommand("console", "Run commands on the server, from -e or from standard input.");
  talk->add_option("--socket", console.socket, "The server's control socket; default: GODWIT_CONTROL, else /run/godwit/control.sock.");
  talk->add_option("-e,--execute", console.commands, "A command; may be given more than once.")->allow_extra_args(false);
  talk->add_flag("--json", console.json, "Answers as JSON, one document a command.");
  CLI11_PARSE(cli, argc, argv);

  if (talk->parsed()) return app::run_console(console);
  const auto text = [&]() -> result<std::string> {
    if (options->parsed()) return app::list_options();
    if (events->parsed()) return app::list_events();
    return app::list_lua_api(modules, json);
  }();
  if (!text) {
    std::fprintf(stderr, "godwit: %s\n", text.why().text.c_str());
    return 1;
  }
  std::fputs(text->c_str(), stdout);
  return 0;
}
