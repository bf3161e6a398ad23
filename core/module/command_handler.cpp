#include "module/command_handler.hpp"

#include <cstring>

#include "base/json.hpp"
#include "control/arguments.hpp"
#include "control/output.hpp"
#include "module/call.hpp"

namespace godwit::module {

namespace {

control::word_type type_of(int32_t type) {
  using enum control::word_type;
  switch (type) {
    case GODWIT_WORD_INTEGER: return integer;
    case GODWIT_WORD_DURATION: return duration;
    case GODWIT_WORD_BOOLEAN: return boolean;
    case GODWIT_WORD_CHOICE: return choice;
    case GODWIT_WORD_QUEUE: return queue;
    case GODWIT_WORD_DOMAIN: return domain;
    case GODWIT_WORD_MODULE: return module;
    case GODWIT_WORD_REST: return rest;
    default: return text;
  }
}

control::role role_of(int32_t role) {
  switch (role) {
    case GODWIT_ROLE_READER: return control::role::reader;
    case GODWIT_ROLE_OPERATOR: return control::role::mail_operator;
    default: return control::role::admin;  // what is not known here asks for the most
  }
}

void declare_word(const godwit_word& w, control::command& c) {
  control::parameter p{std::string(view(w.name)), type_of(w.type), (w.flags & GODWIT_WORD_OPTIONAL) != 0,
                       std::string(view(w.meaning))};
  for (std::uint64_t i = 0; i < w.choice_count; ++i) p.choices.emplace_back(view(w.choices[i]));
  if ((w.flags & GODWIT_WORD_SWITCH) != 0) {
    c.flags.push_back({.name = p.name, .meaning = p.meaning});
  } else if ((w.flags & GODWIT_WORD_OPTION) != 0) {
    c.flags.push_back({.name = p.name, .words = {p}, .meaning = p.meaning});
  } else {
    c.parameters.push_back(std::move(p));
  }
}

void show_rows(const value& rows, control::output& out) {
  const auto* all = rows.as_array();
  for (const auto& row : all ? *all : value::array{}) {
    if (const auto* cells = row.as_array()) out.row(*cells);
  }
}

void show(value answer, control::output& out) {
  if (const auto* text = answer.as_string()) {
    out.text(*text);
  } else if (const auto* lines = answer.as_array()) {
    for (const auto& line : *lines) out.text(line.as_string() ? *line.as_string() : json::write(line));
  } else if (auto* members = answer.as_object()) {
    const auto* columns = members->find("columns");
    const auto* rows = members->find("rows");
    if (!columns || !columns->as_array() || !rows) return out.record(std::move(*members));
    out.columns(*columns->as_array());
    show_rows(*rows, out);
  }
}

result<void> conclude(call_state& state, control::output& out) {
  if (auto* f = std::get_if<failed_answer>(&state.answer)) return error{f->text};
  if (auto* v = std::get_if<hook::verdict>(&state.answer)) {
    if (v->what == hook::verdict::kind::reject) return error{v->text};
    return {};
  }
  if (auto* v = std::get_if<value>(&state.answer)) show(std::move(*v), out);
  return {};
}

rt::task<result<void>> run(std::shared_ptr<godwit_instance> owner, godwit_handler handler, void* context,
                           std::string name, control::invocation call) {
  const auto here = co_await asio::this_coro::executor;
  const auto state = std::make_shared<call_state>(owner, name, here);
  if (!state->use) co_return fail("module {} is being unloaded", owner->id.name);
  state->arguments.push_back(call_argument::of(value(call.args.values())));
  state->arguments.push_back(call_argument::of(value(object{{"user", call.by.user}, {"role", control::role_name(call.by.role)}})));
  enter_handler(state, handler, context);
  if (state->is_deferred) co_await wait_for_answer(state);
  co_return conclude(*state, call.out);
}

}  // namespace

control::command make_command(const std::shared_ptr<godwit_instance>& owner, const godwit_command& c) {
  control::command made;
  made.name = view(c.name);
  made.summary = view(c.summary);
  made.role = role_of(c.role);
  const auto* at = reinterpret_cast<const char*>(c.words);
  for (std::uint64_t i = 0; i < c.word_count; ++i, at += c.word_size) {
    godwit_word w{};
    std::memcpy(&w, at, std::min<std::size_t>(c.word_size, sizeof(w)));
    declare_word(w, made);
  }
  made.handler = [owner, handler = c.handler, context = c.context, name = made.name](control::invocation call) {
    return run(owner, handler, context, name, call);
  };
  return made;
}

}  // namespace godwit::module
