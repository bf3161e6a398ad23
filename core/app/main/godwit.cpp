// The operator's tool: one sub-command per job.

#include <cstdio>
#include <iostream>

#include <CLI/CLI.hpp>

#include "app/console.hpp"
#include "app/listing.hpp"
#include "app/main/interactive.hpp"
#include "app/module_check.hpp"
#include "app/module_skeleton.hpp"
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
  options->add_option("--module-path", modules, "Directory whose modules are listed too.");
  auto* events = cli.add_subcommand("events", "List every documented event, as Markdown.");
  auto* module = cli.add_subcommand("module", "For authors of modules.");
  module->require_subcommand(1);
  std::string name, directory, file;
  unsigned limit = 30;
  auto* skeleton = module->add_subcommand("new", "Write the folder of a new module, ready to build.");
  skeleton->add_option("name", name, "Lower-case letters, digits and underscores.")->required();
  skeleton->add_option("directory", directory, "The folder; default: NAME here.");
  auto* check = module->add_subcommand("check", "Say what a module file provides and needs.");
  check->add_option("file", file, "The shared object.")->required();
  check->add_option("--limit", limit, "Seconds that it may take; default: 30.");
  auto* metrics = cli.add_subcommand("metrics", "List every metric of the server, as Markdown.");
  auto* commands = cli.add_subcommand("commands", "List every command of the console, as Markdown.");
  app::console_request console;
  auto* talk = cli.add_subcommand("console", "Run commands on the server: from -e, from standard input, or at a prompt on a terminal.");
  talk->add_option("--socket", console.socket, "The server's control socket; default: GODWIT_CONTROL, else /run/godwit/control.sock.");
  talk->add_option("-e,--execute", console.commands, "A command; may be given more than once.")->allow_extra_args(false);
  talk->add_flag("--json", console.json, "Answers as JSON, one document a command.");
  CLI11_PARSE(cli, argc, argv);

  if (talk->parsed()) return app::run_console(console, app::run_interactive);
  if (check->parsed()) return app::check_module_apart("godwit", file, std::chrono::seconds(limit));
  const auto text = [&]() -> result<std::string> {
    if (skeleton->parsed()) return app::write_skeleton(name, directory);
    if (options->parsed()) return app::list_options(modules);
    if (commands->parsed()) return app::list_commands();
    if (events->parsed()) return app::list_events();
    if (metrics->parsed()) return app::list_metrics();
    return app::list_lua_api(modules, json);
  }();
  if (!text) {
    std::fprintf(stderr, "godwit: %s\n", text.why().text.c_str());
    return 1;
  }
  std::fputs(text->c_str(), stdout);
  return 0;
}
