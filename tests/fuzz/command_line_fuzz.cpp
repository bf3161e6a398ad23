// Command lines of operators: splitting, reading by a declaration, and quoting that reads back.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "control/arguments.hpp"
#include "control/command_line.hpp"
#include "control/registry.hpp"

using namespace godwit;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

rt::task<result<void>> nothing(control::invocation) { co_return result<void>{}; }

/// One command with every type of word.
const control::registry& commands() {
  using enum control::word_type;
  static const auto& all = [&]() -> const control::registry& {
    static control::registry r;
    control::command c{.name = "fail domain",
                       .parameters = {{"part", choice, true, "", {"full", "body"}},
                                      {"binding", text, true},
                                      {"domain", domain},
                                      {"page", page, true},
                                      {"note", rest, true}},
                       .flags = {{"dry-run"},
                                 {"meta", 'm', {{"key"}, {"value"}}},
                                 {"limit", 'l', {{"n", integer}}},
                                 {"age", 0, {{"d", duration}}},
                                 {"all", 0, {{"b", boolean}}},
                                 {"domain", 'd', {{"name"}}, "", true}},
                       .handler = nothing};
    require(r.add("core", std::move(c)).ok());
    return r;
  }();
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string line(reinterpret_cast<const char*>(data), size);
  const auto words = control::split_line(line);
  for (const auto& w : control::split_partial(line)) require(w.begin < line.size());
  if (words) {
    for (const auto& w : *words) {
      const auto again = control::split_line(control::quote_word(w.text));
      require(again.ok() && again->size() == 1 && again->front().text == w.text);
    }
  }
  require(commands().complete(line, control::role::admin).begin <= line.size());
  const auto found = commands().find("fail domain " + line);
  if (!found) return 0;
  const auto read = control::read_arguments(*found->command, found->rest);
  if (read) require(read->has("domain"));
  return 0;
}
