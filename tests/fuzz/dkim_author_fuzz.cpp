// The From field of strangers: what comes out is empty or fit to be part of a file name.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "dkim/author.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto domain = dkim::mailbox_domain({reinterpret_cast<const char*>(data), size});
  const bool is_fit = domain.empty() || (dkim::is_host_name(domain) && domain.find('/') == std::string::npos);
  if (!is_fit) std::abort();
  return 0;
}
