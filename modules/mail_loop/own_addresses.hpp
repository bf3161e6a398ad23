#pragma once
// The addresses of this machine's interfaces.

#include <set>
#include <string>
#include <string_view>

namespace mail_loop {

class own_addresses {
 public:
  /// Asks the system. Throws godwit::sdk::failure.
  static own_addresses read();
  explicit own_addresses(std::set<std::string, std::less<>> texts) : texts_(std::move(texts)) {}

  /// `endpoint` as connections name their peer: "192.0.2.1:25", "[2001:db8::1]:25".
  bool has(std::string_view endpoint) const;

 private:
  std::set<std::string, std::less<>> texts_;
};

}  // namespace mail_loop
