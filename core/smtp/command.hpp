#pragma once
// SMTP command lines taken apart. Pure: views into the line, no allocation.

#include <cstdint>
#include <optional>
#include <string_view>

namespace godwit::smtp {

enum class verb {
  helo,
  ehlo,
  mail,
  rcpt,
  data,
  bdat,
  rset,
  noop,
  quit,
  starttls,
  auth,
  xclient,
  vrfy,
  expn,
  help,
  lhlo,
  unknown,
};

/// How the session treats a command, whatever its arguments.
struct command_traits {
  verb what;
  std::string_view name;
  bool is_implemented;    ///< else 502
  bool takes_argument;    ///< else an argument is a syntax error
  bool last_in_pipeline;  ///< input after it must wait for its reply: it changes who or what is speaking
  bool is_junk;           ///< moves no mail: counts against the limit of such commands
};

struct command {
  const command_traits* traits;
  std::string_view line;      ///< all of it
  std::string_view argument;  ///< after the verb, trimmed

  verb what() const { return traits->what; }
};

/// Always yields a command; an unknown word is verb::unknown.
command parse_command(std::string_view line);

/// CR, LF, NUL or another control character inside the line: never part of a command, often of an attack.
bool has_control_characters(std::string_view line);

/// "FROM:<a@b> SIZE=10" of MAIL, "TO:<a@b>" of RCPT.
struct path_argument {
  std::string_view address;     ///< without brackets and source route; empty for <>
  std::string_view parameters;  ///< trimmed
};
/// `keyword` is "FROM" or "TO". Nothing when it is missing or the path has no end; `why` then says so.
std::optional<path_argument> parse_path(std::string_view argument, std::string_view keyword,
                                        std::string_view& why);

struct mail_parameters {
  std::uint64_t size = 0;  ///< 0: not given
  bool is_8bit = false;    ///< BODY=8BITMIME
  bool smtputf8 = false;
};
struct parameter_error {
  std::string_view parameter;  ///< the offending one
  bool is_unsupported;         ///< its name is not known; else its value is wrong
};
std::optional<parameter_error> parse_mail_parameters(std::string_view parameters, mail_parameters& out);

struct bdat_argument {
  std::uint64_t size = 0;
  bool is_last = false;
};
std::optional<bdat_argument> parse_bdat(std::string_view argument);

/// The next word; `rest` loses it and the spaces after it.
std::string_view take_word(std::string_view& rest);

}  // namespace godwit::smtp
