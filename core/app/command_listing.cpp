// Every command of the core, from the declarations themselves.
#include "app/commands.hpp"
#include "app/listing.hpp"

namespace godwit::app {

namespace {

void describe(const control::command& c, std::string& out) {
  out += fmt::format("\n## {}\n\n```text\n{}\n```\n\n{}", c.name, c.usage(), c.summary);
  if (!c.help.empty()) out += " " + c.help;
  out += fmt::format(" Role: {}.\n", control::role_name(c.role));
  std::string rows;
  for (const auto& p : c.parameters) {
    if (!p.meaning.empty()) rows += fmt::format("| `{}` | {} |\n", p.name, p.meaning);
  }
  for (const auto& f : c.flags) {
    rows += fmt::format("| `--{}`{} | {} |\n", f.name, f.letter == 0 ? "" : fmt::format(", `-{}`", f.letter), f.meaning);
  }
  if (!rows.empty()) out += "\n| word | meaning |\n|---|---|\n" + rows;
  if (c.shape.columns.empty()) return;
  out += "\nMembers in JSON: ";
  for (std::size_t i = 0; i < c.shape.columns.size(); ++i) {
    out += fmt::format("{}`{}`", i == 0 ? "" : ", ", c.shape.columns[i].key);
  }
  out += ".\n";
}

}  // namespace

result<std::string> list_commands() {
  control::registry commands;
  command_services none{.commands = commands};
  if (auto added = add_core_commands(none); !added) return added.why();
  std::string out =
      "# Console commands\n\nCommands of the core; modules add theirs, `help` lists all. How to run them: "
      "[console.md](../console.md). This page is the output of `godwit commands`.\n";
  for (const auto& c : commands.all()) describe(*c, out);
  return out;
}

}  // namespace godwit::app
