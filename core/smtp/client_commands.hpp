#pragma once
// The commands of one mail transaction as they go over the wire: a group that a pipelining peer gets in one write
// (RFC 2920). Pure; reused from message to message, so that a warm session allocates nothing here.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mail/message.hpp"
#include "smtp/client_capabilities.hpp"

namespace godwit::smtp {

enum class command_verb { rset, mail, rcpt, data, bdat };

struct client_command {
  command_verb verb;
  std::size_t begin, end;      ///< in the group's text, with CRLF
  std::size_t recipient = 0;   ///< of rcpt: index into message.recipients
};

class client_commands {
 public:
  /// Which command ends the group.
  enum class ending { none, data, bdat };

  void build(const mail::message& m, std::span<const std::size_t> recipients, bool reset_first, ending last,
             const client_capabilities& offered);
  void clear();

  const std::vector<client_command>& all() const { return commands_; }
  std::string_view text() const { return text_; }
  std::string_view wire(const client_command& c) const { return text().substr(c.begin, c.end - c.begin); }
  /// Without CRLF: for logs and errors.
  std::string_view line(const client_command& c) const { return text().substr(c.begin, c.end - c.begin - 2); }
  /// "RSET, MAIL FROM:<a@b>, …": what a write of the whole group was about.
  std::string summary() const;

 private:
  void add(command_verb verb, std::size_t begin, std::size_t recipient = 0);

  std::string text_;
  std::vector<client_command> commands_;
};

/// Some byte of the content is above 127.
bool is_8bit(const mail::content& c);
/// Sender or a recipient is not ASCII as it stands.
bool has_utf8_envelope(const mail::message& m);
/// … and writing its domain in A-labels would not help.
bool needs_smtputf8(const mail::message& m);
bool ends_in_crlf(const mail::content& c);
/// Bytes that BDAT announces: the content and the line end it may lack.
std::size_t chunk_size(const mail::content& c);
/// Some line begins with a dot.
bool needs_stuffing(const mail::content& c);
/// Prefix and body with every leading dot doubled (RFC 5321 4.5.2).
void stuff(const mail::content& c, std::string& out);

}  // namespace godwit::smtp
