#include "smtp/client_capabilities.hpp"

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
  if (iequals(keyword, "SIZE")) size = true;
  if (iequals(keyword, "STARTTLS")) starttls = true;
  if (!iequals(keyword, "AUTH") || end == std::string_view::npos) return;
  for (std::string_view mechanism : split(line.substr(end + 1), ' ')) {
    if (iequals(mechanism, "PLAIN")) auth_plain = true;
  }
}

}  // namespace godwit::smtp
