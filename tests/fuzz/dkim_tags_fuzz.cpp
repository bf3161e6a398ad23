// DKIM signature fields, key records and canonicalisation: bytes of strangers.
#include <cstdint>
#include <string_view>

#include "dkim/verifier.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view all(reinterpret_cast<const char*>(data), size);
  const auto cut = all.find('\0');
  const auto message = all.substr(0, cut);
  const auto key = cut == std::string_view::npos ? std::string_view() : all.substr(cut + 1);
  const auto end = message.find("\r\n\r\n");
  const auto headers = message.substr(0, end);
  const auto body = end == std::string_view::npos ? std::string_view() : message.substr(end + 4);
  dkim::verifier verifier(headers, body, 1'800'000'000);
  for (const auto& s : verifier.signatures()) {
    verifier.check(s, {dkim::key_lookup::state::found, {std::string(key)}});
  }
  dkim::tag_list::parse(key);
  return 0;
}
