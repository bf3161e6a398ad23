// module list|load|unload|reload
#include "app/commands.hpp"
#include "app/module_control.hpp"
#include "control/arguments.hpp"
#include "control/output.hpp"
#include "module/module_host.hpp"

namespace godwit::app {

namespace {

using control::invocation;

result<void> list_modules(const module::host& modules, invocation& call) {
  for (const auto& m : modules.list()) {
    call.out.row({m.name, "modules." + m.name, true, "ABI " + m.abi, m.name, m.version, m.phase, m.open, m.summary});
  }
  return {};
}

using change = rt::task<result<std::string>> (module_control::*)(std::string name);

rt::task<result<void>> change_module(module_control& modules, change what, invocation call) {
  const auto done = co_await (modules.*what)(call.args.text("module"));
  if (!done) co_return done.why();
  call.out.text(*done);
  co_return result<void>{};
}

control::command change_command(command_services& s, std::string name, std::string summary, change what,
                                control::word_type of = control::word_type::module) {
  return {.name = std::move(name),
          .summary = std::move(summary),
          .role = control::role::admin,
          .parameters = {{"module", of}},
          .handler = [&s, what](invocation call) { return change_module(*s.module_changes, what, call); }};
}

}  // namespace

result<void> add_module_commands(command_services& s) {
  s.commands.set_completer(control::word_type::module, [&s](std::string_view) {
    std::vector<std::string> names;
    for (const auto& m : s.modules->list()) names.push_back(m.name);
    return names;
  });
  s.commands.set_completer(control::word_type::absent_module, [&s](std::string_view) { return s.module_changes->loadable(); });
  return add_commands(s.commands, {
    {.name = "module list",
     .summary = "Loaded modules.",
     .shape = {.what = control::result_shape::kind::table,
               .columns = {{"module", "Module"}, {"scope_name", "Scope_Name"}, {"enabled", "Enabled"}, {"api", "API"},
                           {"name", "Name"}, {"version", "Version"}, {"phase", "Phase"}, {"open", "Open"}, {"description", "Description"}}},
     .handler = at_once([&s](invocation& call) { return list_modules(*s.modules, call); }),
     .help = "Scope_Name is the module's table in the configuration file."},
    change_command(s, "module load", "Loads a module with its settings from the configuration file.", &module_control::load,
                   control::word_type::absent_module),
    change_command(s, "module unload", "Takes a module out, when its calls have ended.", &module_control::unload),
    change_command(s, "module reload", "A module from its file and settings as they are now.", &module_control::reload),
  });
}

}  // namespace godwit::app
