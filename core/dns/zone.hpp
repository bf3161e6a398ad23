#pragma once
// A zone read from master file text (RFC 1035 section 5): for tests and closed networks. Pure.

#include <chrono>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "dns/resolver.hpp"

namespace godwit::dns {

class zone {
 public:
  /// $ORIGIN, $TTL, parentheses, comments, quoted strings, omitted owners, RFC 3597 data. The apex is the owner of the
  /// SOA record, else the first $ORIGIN, else the first owner.
  static result<zone> parse(std::string_view text);

  const std::string& apex() const { return apex_; }  ///< lower case, no trailing dot
  bool covers(std::string_view name) const;

  /// The records at `name`, wildcards included; a CNAME comes back in `alias` when the type asked for is another.
  answer find(const std::string& name, unsigned record_type, std::string& alias) const;

 private:
  friend class zone_reader;
  struct record_set {
    std::vector<std::string> rdata;
    std::chrono::seconds ttl{};
  };
  using node = std::map<unsigned, record_set>;

  const node* node_at(const std::string& name) const;

  std::string apex_;
  std::chrono::seconds negative_ttl_{300};  ///< minimum field of the SOA record
  std::map<std::string, node, std::less<>> nodes_;  ///< with the empty names between apex and owners
};

}  // namespace godwit::dns
