// Envelope addresses: what is accepted must be one harmless line that parses to itself again.
#include <cstdint>
#include <string_view>

#include "base/cidr.hpp"
#include "base/text.hpp"
#include "mail/address.hpp"
#include "mail/domain.hpp"
#include "mail/message.hpp"
#include "mail/queue_name.hpp"
#include "target.hpp"

using namespace godwit;
using fuzz::require;

namespace {

void check_address(std::string_view text) {
  const auto parsed = mail::address::parse(text);
  if (!parsed) return;
  require(parsed->email() == text && is_valid_utf8(text));
  require(text.find_first_of(std::string_view("\r\n\0", 3)) == text.npos);
  require(*mail::address::parse(parsed->email()) == *parsed);
  if (parsed->domain().empty())
    require(text.empty() || iequals(text, "postmaster"));
  else
    require(parsed->local_part().size() + 1 + parsed->domain().size() == text.size());
  require(parsed->user().size() <= parsed->local_part().size());

  const mail::message m(uuid::make_v4(), *parsed, {*parsed});
  const auto back = mail::message::decode_meta(m.id, m.encode_meta());
  require(back.ok() && (*back)->recipients.front() == *parsed);
}

void check_numbers(std::string_view text) {
  if (const auto block = cidr::parse(text))
    require(block->contains(block->network) && cidr::parse(block->text()).ok());
  if (const auto endpoint = ip_endpoint::parse(text))
    require(*ip_endpoint::parse(endpoint->text()) == *endpoint);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_address(text);
  check_numbers(text);
  if (const auto ascii = mail::to_ascii_domain(text)) require(is_ascii(*ascii));
  const auto name = mail::queue_name::parse(text);
  require(mail::queue_name::parse(name.text()).text() == name.text());
  return 0;
}
