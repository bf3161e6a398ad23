#include "smtp/client_capabilities.hpp"

#include <charconv>

#include "base/text.hpp"

namespace godwit::smtp {

client_capabilities client_capabilities::parse(const mail::response& ehlo_reply) {
  client_capabilities offered;
  const auto lines = split(ehlo_reply.content, '\n');
  // The first line greets; keywords start on the second.
  for (std::size_t i = 1; i < lines.size(); ++i) offered.add(trim(lines[i]));
  return offered;
}

void client_capabilities::add(std::string_view line) {
  const std::size_t end = line.find_first_of(" =");
  const std::string_view keyword = line.substr(0, end);
  if (iequals(keyword, "PIPELINING")) pipelining = true;
  if (iequals(keyword, "8BITMIME")) eight_bit_mime = true;
  if (iequals(keyword, "SMTPUTF8")) smtputf8 = true;
  if (iequals(keyword, "CHUNKING")) chunking = true;
  if (iequals(keyword, "SIZE")) add_size(end == std::string_view::npos ? std::string_view{} : line.substr(end + 1));
  if (iequals(keyword, "STARTTLS")) starttls = true;
  if (!iequals(keyword, "AUTH") || end == std::string_view::npos) return;
  for (std::string_view mechanism : split(line.substr(end + 1), ' ')) {
    if (iequals(mechanism, "PLAIN")) auth_plain = true;
  }
}

// A limit that is no number is none: the peer may still refuse the message itself.
void client_capabilities::add_size(std::string_view argument) {
  size = true;
  const auto text = trim(argument);
  std::uint64_t limit = 0;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), limit);
  if (wrong == std::errc() && end == text.data() + text.size()) size_limit = limit;
}

}  // namespace godwit::smtp
