#pragma once
// The control socket's frames, one JSON object a line (docs/control.md). Pure; requests are a client's bytes.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/value.hpp"
#include "control/command.hpp"
#include "control/registry.hpp"

namespace godwit::control {

constexpr int protocol_version = 1;
constexpr std::size_t most_request_bytes = 64 * 1024;

enum class answer_format : std::uint8_t { text, json };

struct request {
  enum class kind : std::uint8_t { command, complete, cancel };
  kind what = kind::command;
  std::int64_t id = 0;      ///< of this request; of the command to end for cancel
  std::string line;         ///< command, or what is to be completed
  answer_format format = answer_format::text;
};

/// {"id":1,"command":"mailq","format":"json"}, {"id":2,"complete":"mess"}, {"cancel":1}
result<request> parse_request(std::string_view frame);

// Frames of the server, each with its line end.
std::string greeting(std::string_view version, const caller& by);
std::string answer(std::int64_t id, object members);
std::string completions(std::int64_t id, const registry::completion& c);
enum class outcome : std::uint8_t { ok, failed, cancelled };
std::string_view outcome_name(outcome o);
std::string done(std::int64_t id, outcome o, std::string_view why = "");
/// An error that concerns the connection; the server closes it.
std::string farewell(std::string_view why);

}  // namespace godwit::control
