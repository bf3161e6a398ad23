#include "smtp/command.hpp"

#include <array>
#include <charconv>

#include "base/text.hpp"

namespace godwit::smtp {

namespace {

// clang-format off
//                           verb            name       impl.  arg.   last   junk
constexpr auto table = std::to_array<command_traits>({
    {verb::mail,     "MAIL",     true,  true,  false, false},
    {verb::rcpt,     "RCPT",     true,  true,  false, false},
    {verb::data,     "DATA",     true,  false, false, false},
    {verb::bdat,     "BDAT",     true,  true,  false, false},
    {verb::rset,     "RSET",     true,  false, false, true},
    {verb::ehlo,     "EHLO",     true,  true,  false, true},
    {verb::helo,     "HELO",     true,  true,  false, true},
    {verb::quit,     "QUIT",     true,  false, false, false},
    {verb::noop,     "NOOP",     true,  true,  false, true},
    {verb::starttls, "STARTTLS", true,  false, true,  true},
    {verb::auth,     "AUTH",     true,  true,  false, true},
    {verb::xclient,  "XCLIENT",  true,  true,  true,  true},
    {verb::vrfy,     "VRFY",     false, true,  false, true},
    {verb::expn,     "EXPN",     false, true,  false, true},
    {verb::help,     "HELP",     false, true,  false, true},
    {verb::lhlo,     "LHLO",     false, true,  false, true},
});
// clang-format on
constexpr command_traits unknown{verb::unknown, "", false, true, false, true};

std::string_view trim_spaces(std::string_view s) {
  while (!s.empty() && (s.front() == ' ' || s.front() == '\t')) s.remove_prefix(1);
  while (!s.empty() && (s.back() == ' ' || s.back() == '\t')) s.remove_suffix(1);
  return s;
}

bool parse_number(std::string_view text, std::uint64_t& out) {
  if (text.empty() || text.size() > 19) return false;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), out);
  return ec == std::errc() && end == text.data() + text.size();
}

/// Offset of the '>' that closes a path whose '<' was at 0; a quoted local part may hold one too.
std::size_t find_path_end(std::string_view text) {
  bool quoted = false;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (quoted && text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      quoted = !quoted;
    } else if (!quoted && text[i] == '>') {
      return i;
    }
  }
  return std::string_view::npos;
}

/// RFC 5321 4.1.2 and appendix C: a source route is accepted and ignored.
std::string_view without_route(std::string_view address) {
  if (!address.starts_with('@')) return address;
  const auto colon = address.find(':');
  return colon == std::string_view::npos ? address : address.substr(colon + 1);
}

}  // namespace

std::string_view take_word(std::string_view& rest) {
  const auto end = rest.find(' ');
  const auto word = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view() : trim_spaces(rest.substr(end));
  return word;
}

command parse_command(std::string_view line) {
  auto rest = trim_spaces(line);
  const auto word = take_word(rest);
  for (const auto& traits : table) {
    if (iequals(word, traits.name)) return {&traits, line, rest};
  }
  return {&unknown, line, rest};
}

bool has_control_characters(std::string_view line) {
  for (const char c : line) {
    const auto u = static_cast<unsigned char>(c);
    if ((u < 0x20 && u != '\t') || u == 0x7f) return true;
  }
  return false;
}

std::optional<path_argument> parse_path(std::string_view argument, std::string_view keyword,
                                        std::string_view& why) {
  if (!istarts_with(argument, keyword)) {
    why = "the keyword is missing";
    return std::nullopt;
  }
  auto rest = argument.substr(keyword.size());
  rest = trim_spaces(rest);
  if (!rest.starts_with(':')) {
    why = "the colon is missing";
    return std::nullopt;
  }
  rest = trim_spaces(rest.substr(1));
  if (rest.empty()) {
    why = "the path is missing";
    return std::nullopt;
  }
  if (!rest.starts_with('<')) {
    path_argument bare;
    bare.address = take_word(rest);
    bare.parameters = rest;
    return bare;
  }
  const auto end = find_path_end(rest);
  if (end == std::string_view::npos) {
    why = "the path does not end with >";
    return std::nullopt;
  }
  const auto after = rest.substr(end + 1);
  if (!after.empty() && after.front() != ' ') {
    why = "there is text right after the path";
    return std::nullopt;
  }
  return path_argument{without_route(trim_spaces(rest.substr(1, end - 1))), trim_spaces(after)};
}

std::optional<parameter_error> parse_mail_parameters(std::string_view parameters, mail_parameters& out) {
  while (!parameters.empty()) {
    const auto word = take_word(parameters);
    const auto equals = word.find('=');
    const auto name = word.substr(0, equals);
    const auto value = equals == std::string_view::npos ? std::string_view() : word.substr(equals + 1);
    bool good = true;
    if (iequals(name, "SIZE")) {
      good = parse_number(value, out.size);
    } else if (iequals(name, "BODY")) {
      out.is_8bit = iequals(value, "8BITMIME");
      good = out.is_8bit || iequals(value, "7BIT");
    } else if (iequals(name, "SMTPUTF8")) {
      out.smtputf8 = good = equals == std::string_view::npos;
    } else if (!iequals(name, "AUTH")) {  // RFC 4954 5: taken and not believed
      return parameter_error{word, true};
    }
    if (!good) return parameter_error{word, false};
  }
  return std::nullopt;
}

std::optional<bdat_argument> parse_bdat(std::string_view argument) {
  bdat_argument out;
  if (!parse_number(take_word(argument), out.size)) return std::nullopt;
  out.is_last = iequals(argument, "LAST");
  if (!argument.empty() && !out.is_last) return std::nullopt;
  return out;
}

}  // namespace godwit::smtp
