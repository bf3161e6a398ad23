// A whole conversation: whatever a client sends, in whatever pieces, it hears nothing but whole reply lines, and what is
// accepted keeps the limits. A NUL byte ends a piece (a real one is written \xff).
#include <algorithm>
#include <string>

#include "target.hpp"
#include "unit/smtp/scripted_session.hpp"

using namespace godwit;
using fuzz::require;

namespace {

void check_replies(std::string_view heard) {
  while (!heard.empty()) {
    const auto end = heard.find("\r\n");
    require(end != heard.npos && end >= 4 && end <= 512 * 8);
    const auto line = heard.substr(0, end);
    require(line[0] >= '2' && line[0] <= '5' && (line[3] == ' ' || line[3] == '-'));
    require(std::none_of(line.begin(), line.end(), [](unsigned char c) { return c < ' ' && c != '\t'; }));
    heard.remove_prefix(end + 2);
  }
}

/// Bare CR and LF are what smuggling is made of; the default is to refuse them.
bool has_only_whole_line_ends(std::string_view body) {
  for (std::size_t i = 0; i < body.size(); ++i) {
    if (body[i] == '\n' && (i == 0 || body[i - 1] != '\r')) return false;
    if (body[i] == '\r' && (i + 1 == body.size() || body[i + 1] != '\n')) return false;
  }
  return true;
}

void check_messages(const smtp::session_fixture& session) {
  for (const auto& t : session.script.messages) {
    require(!t.recipients.empty() && t.recipients.size() <= session.options.max_recipients_per_message);
    require(t.body->bytes.size() <= session.options.max_message_size && has_only_whole_line_ends(t.body->bytes));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  smtp::session_fixture session;
  session.options.max_message_size = 512;
  session.options.max_recipients_per_message = 3;
  session.options.max_messages_per_connection = 4;
  session.options.allow_xclient = session.options.allow_auth_without_tls = true;
  check_replies(session.start());
  auto rest = fuzz::text_of(data, size);
  bool is_tls = false;  // from then on it speaks in TLS records
  while (!rest.empty() && !session.is_closed()) {
    std::string piece(fuzz::take_part(rest));
    std::replace(piece.begin(), piece.end(), '\xff', '\0');
    const auto heard = session.say(std::move(piece));
    if (!is_tls) check_replies(heard);
    is_tls = is_tls || heard.starts_with("220 ") || heard.find("\r\n220 ") != heard.npos;
  }
  check_messages(session);
  return 0;
}
