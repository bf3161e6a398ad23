// module list|load|unload|reload
#include "app/commands.hpp"
#include "control/output.hpp"
#include "module/module_host.hpp"

namespace godwit::app {

namespace {

using control::invocation;

result<void> list_modules(const module::host& modules, invocation& call) {
  for (const auto& m : modules.list()) {
    call.out.row({m.name, m.name, true, "ABI " + m.abi, m.version, m.phase, m.open, m.summary});
  }
  return {};
}

}  // namespace

result<void> add_module_commands(command_services& s) {
  s.commands.set_completer(control::word_type::module, [&s](std::string_view) {
    std::vector<std::string> names;
    for (const auto& m : s.modules->list()) names.push_back(m.name);
    return names;
  });
  return add_commands(s.commands, {
    {.name = "module list",
     .summary = "Loaded modules.",
     .shape = {.what = control::result_shape::kind::table,
               .columns = {{"module", "Module"}, {"scope_name", "Scope_Name"}, {"enabled", "Enabled"}, {"api", "API"},
                           {"version", "Version"}, {"phase", "Phase"}, {"open", "Open"}, {"description", "Description"}}},
     .handler = at_once([&s](invocation& call) { return list_modules(*s.modules, call); })},
  });
}

}  // namespace godwit::app
