#pragma once
// What a server offers in its answer to EHLO (RFC 5321 4.1.1.1). Pure.

#include <cstdint>
#include <string_view>

#include "mail/response.hpp"

namespace godwit::smtp {

struct client_capabilities {
  bool pipelining = false;       ///< RFC 2920
  bool eight_bit_mime = false;   ///< RFC 6152
  bool smtputf8 = false;         ///< RFC 6531
  bool chunking = false;         ///< RFC 3030
  bool size = false;             ///< RFC 1870
  std::uint64_t size_limit = 0;  ///< largest message it takes; 0: it does not say
  bool starttls = false;         ///< RFC 3207
  bool auth_plain = false;       ///< RFC 4954, RFC 4616

  /// Unknown keywords are passed over.
  static client_capabilities parse(const mail::response& ehlo_reply);

 private:
  void add(std::string_view line);
  void add_size(std::string_view argument);
};

}  // namespace godwit::smtp
