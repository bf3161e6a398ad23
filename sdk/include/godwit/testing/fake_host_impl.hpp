#pragma once
// What the fake host does when a test asks; include <godwit/testing/fake_host.hpp>.

#include <godwit/testing/fake_slots.hpp>

namespace godwit::sdk::testing {

namespace slots {
inline const godwit_host& table();  // when fake_slots.hpp is included first
}

inline fake_host::fake_host() { godwit::sdk::detail::bound = {&slots::table(), &self_}; }

inline fake_answer fake_host::call(std::string_view name, godwit_handler handler, void* context,
                                   std::vector<fake_argument> arguments) {
  godwit_call c;
  c.name = name;
  c.arguments = std::move(arguments);
  handler(context, &c);
  return *c.answer;
}

inline fake_answer fake_host::run_hook(std::string_view event, std::vector<fake_argument> arguments) {
  for (const auto& [name, hook] : hooks) {
    if (name != event) continue;
    auto answer = call(event, hook.handler, hook.context, arguments);
    if (answer.what != fake_answer::kind::none && answer.what != fake_answer::kind::proceed) return answer;
  }
  return {};
}

inline fake_answer fake_host::run_function(const std::string& name, std::vector<fake_argument> arguments) {
  const auto& f = functions.at(name);
  const std::size_t first = f.is_method ? 1 : 0;
  for (std::size_t i = 0; i < f.parameters.size() && first + i < arguments.size(); ++i) {
    if (f.parameters[i].type != GODWIT_PARAMETER_OPTIONS) continue;
    auto& content = arguments[first + i].content;
    const godwit_value given = content;
    option_reader reader;
    reader.read_table(*f.parameters[i].table, &given, content);
    if (!reader.problems.empty()) return {fake_answer::kind::failed, 0, reader.problems, {}, nullptr};
  }
  return call(name, f.handler, f.context, std::move(arguments));
}

inline std::vector<std::vector<fake_outcome>> fake_host::deliver(const std::string& protocol,
                                                                 std::string_view settings_json,
                                                                 std::vector<godwit_message*> messages,
                                                                 godwit_session& session) {
  const auto& a = agents.at(protocol);
  if (a.options != nullptr) {
    godwit_value given, why;
    json_reader(settings_json).read_document(given);
    option_reader reader;
    reader.read_table(*a.options, &given, session.settings);
    if (!reader.problems.empty()) throw failure(reader.problems);
    if (a.check != nullptr && a.check(a.context, &session.settings, &why) != GODWIT_OK) throw failure(why.text);
  }
  const auto outcomes = std::make_shared<std::vector<std::vector<fake_outcome>>>(messages.size());
  if (a.open != nullptr)
    a.open(a.context, &session);
  else
    session.is_opened = true;
  if (session.is_opened) a.deliver(a.context, new godwit_delivery{&session, std::move(messages), outcomes});
  if (a.close != nullptr) a.close(a.context, &session);
  return *outcomes;
}

inline void fake_host::advance(std::chrono::nanoseconds by) {
  wall_ns += by.count();
  steady_ns += by.count();
  std::vector<godwit_timer*> due;
  for (const auto& t : timers)
    if (t->due_ns <= steady_ns) due.push_back(t.get());
  for (auto* t : due) {
    const auto fire = *t;
    if (fire.interval_ns > 0)
      t->due_ns += fire.interval_ns;
    else
      slots::table().timer_cancel(t);
    fire.callback(fire.context);
  }
}

}  // namespace godwit::sdk::testing
