#include "control/protocol.hpp"

#include "base/json.hpp"

namespace godwit::control {

namespace {

std::string frame(const object& members) { return json::write(members) + "\n"; }

result<answer_format> read_format(const value* given) {
  if (!given) return answer_format::text;
  const auto* name = given->as_string();
  if (name && *name == "text") return answer_format::text;
  if (name && *name == "json") return answer_format::json;
  return fail("format must be \"text\" or \"json\"");
}

result<void> check_keys(const object& members) {
  for (const auto& [key, unused] : members) {
    if (key != "id" && key != "command" && key != "complete" && key != "cancel" && key != "format") {
      return fail("a request has no member \"{}\"", key);
    }
  }
  return {};
}

/// The text of the one of "command" and "complete" that is there.
result<void> read_line(const object& members, request& r) {
  const auto* command = members.find("command");
  const auto* complete = members.find("complete");
  if ((command != nullptr) == (complete != nullptr)) return fail("a request has one of command, complete and cancel");
  const auto* line = (command ? command : complete)->as_string();
  if (!line) return fail("command and complete are strings");
  r.what = command ? request::kind::command : request::kind::complete;
  r.line = *line;
  return {};
}

}  // namespace

result<request> parse_request(std::string_view text) {
  const auto parsed = json::parse(text);
  if (!parsed) return fail("a request is one JSON object a line: {}", parsed.why().text);
  const auto* members = parsed->as_object();
  if (!members) return fail("a request is one JSON object a line");
  if (auto known = check_keys(*members); !known) return known.why();
  request r;
  const auto* cancel = members->find("cancel");
  const auto* id = cancel ? cancel : members->find("id");
  if (!id || !id->as_integer()) return fail("{} is an integer", cancel ? "cancel" : "id");
  r.id = *id->as_integer();
  if (cancel) {
    if (members->size() > 1) return fail("cancel stands alone");
    r.what = request::kind::cancel;
    return r;
  }
  auto format = read_format(members->find("format"));
  if (!format) return format.why();
  r.format = *format;
  if (auto line = read_line(*members, r); !line) return line.why();
  return r;
}

std::string greeting(std::string_view version, const caller& by) {
  return frame(object{{"server", "godwit"},
                      {"version", version},
                      {"protocol", protocol_version},
                      {"user", by.user},
                      {"role", role_name(by.role)}});
}

std::string answer(std::int64_t id, object members) {
  object whole{{"id", id}};
  for (auto& [key, v] : members) whole.set(key, std::move(v));
  return frame(whole);
}

std::string completions(std::int64_t id, const registry::completion& c) {
  value::array words;
  for (const auto& w : c.words) words.emplace_back(w);
  return frame(object{{"id", id}, {"begin", c.begin}, {"completions", std::move(words)}});
}

std::string_view outcome_name(outcome o) {
  static constexpr std::string_view names[] = {"ok", "failed", "cancelled"};
  return names[static_cast<std::size_t>(o)];
}

std::string done(std::int64_t id, outcome o, std::string_view why) {
  object members{{"id", id}, {"done", outcome_name(o)}};
  if (!why.empty()) members.set("error", why);
  return frame(members);
}

std::string farewell(std::string_view why) { return frame(object{{"error", why}}); }

}  // namespace godwit::control
