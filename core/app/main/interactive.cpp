#include "app/main/interactive.hpp"

#include <cstdio>
#include <cstdlib>

#include "app/main/line_editor.hpp"
#include "app/main/pager.hpp"
#include "base/text.hpp"
#include "control/batch.hpp"

namespace godwit::app {

namespace {

std::string history_file() {
  if (const char* named = std::getenv("GODWIT_HISTORY")) return named;
  const char* home = std::getenv("HOME");
  return home ? std::string(home) + "/.godwit_history" : std::string();
}

std::string text_of(const object& o, std::string_view key) {
  const auto* v = o.find(key);
  const auto* s = v ? v->as_string() : nullptr;
  return s ? *s : std::string();
}

line_editor::completion complete(control::client& c, std::string_view before) {
  line_editor::completion found;
  const auto answer = c.complete(before);
  if (!answer) return found;  // the next command will tell
  const auto* words = answer->find("completions");
  const auto* begin = answer->find("begin");
  if (!words || !words->as_array() || !begin || !begin->as_integer()) return found;
  found.begin = static_cast<std::size_t>(*begin->as_integer());
  for (const auto& w : *words->as_array()) found.words.push_back(*w.as_string());
  return found;
}

void tell_own_commands() {
  std::puts("\nIn this console:\n"
            "\\pager                   Long output goes through $PAGER, or no longer.\n"
            "quit                     Leaves; so does Ctrl-D. Ctrl-C ends the running command.");
}

}  // namespace

int run_interactive(control::client& c) {
  std::printf("Godwit %s, role %s. Type help for a list of commands, quit to leave.\n", text_of(c.server(), "version").c_str(),
              text_of(c.server(), "role").c_str());
  line_editor editor("godwit> ", history_file(), [&c](std::string_view before) { return complete(c, before); });
  bool is_paged = false;
  for (std::string line;;) {
    const auto ended = editor.read(line);
    if (ended == line_editor::ending::closed) break;
    if (ended == line_editor::ending::given_up) continue;
    const auto command = trim(line);
    if (command.empty()) continue;
    if (command == "quit" || command == "exit") return 0;
    if (command == "\\pager") {
      is_paged = !is_paged;
      std::printf("The pager is %s.\n", is_paged ? "on" : "off");
      continue;
    }
    pager out(is_paged);
    const auto ran = control::run_one(c, command, control::answer_format::text, out.out());
    if (!ran) {
      std::fprintf(stderr, "godwit: %s\n", ran.why().text.c_str());
      return 1;
    }
    if (command == "help") tell_own_commands();
  }
  std::fputc('\n', stdout);
  return 0;
}

}  // namespace godwit::app
