#pragma once
// Names to addresses and mail exchangers. Answers are cached by TTL, failures for a while (KumoMTA: queue names).

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/cidr.hpp"
#include "base/result.hpp"
#include "dns/options.hpp"
#include "rt/task.hpp"

namespace godwit::dns {

/// What MX resolution says about a domain (KumoMTA: kumo.dns.lookup_mx).
struct mail_exchanger {
  std::string domain_name;                              ///< with a trailing dot
  std::map<unsigned, std::vector<std::string>> by_pref; ///< hosts sorted by name, lower case, no trailing dot
  std::vector<std::string> hosts;                       ///< flattened by preference
  std::string site_name;
  bool is_domain_literal = false;
  bool is_mx = true;       ///< false: synthesised from A/AAAA
  bool is_null_mx = false; ///< RFC 7505
  bool is_secure = false;  ///< DNSSEC-validated
};
using mx_ref = std::shared_ptr<const mail_exchanger>;

enum class ip_strategy { ipv4_and_ipv6, ipv4_only, ipv6_only, ipv6_then_ipv4, ipv4_then_ipv6 };

/// "kept" answers of the records asked for, in presentation form for TXT/PTR/TLSA raw rdata.
struct answer {
  std::vector<std::string> rdata;  ///< wire-format rdata per record
  bool is_secure = false;
  bool is_bogus = false;
  bool exists = true;  ///< false: NXDOMAIN
  std::string why_bogus;  ///< what validation objected to
  std::chrono::seconds ttl{};
};

/// What the cache knows of a name, for operators.
struct cached_answer {
  std::chrono::seconds ttl{};        ///< that is left
  std::vector<std::string> records;  ///< data in presentation form
  std::string note;                  ///< when there is more, or something else, to say: a failure, a missing name
};

/// An entry of the cache, for operators.
struct cached_name {
  std::string name;            ///< MX: with ":port" when the domain was given so
  unsigned type = 0;
  std::size_t references = 0;  ///< the cache's own, and those of look-ups and deliveries that hold it now
  std::chrono::seconds ttl{};  ///< that is left
};

/// A look through the cache, some names at a time: who looks keeps nobody waiting. One loop at a time; goes before the
/// resolver.
class cache_look {
 public:
  virtual ~cache_look() = default;
  /// Adds the next names, failures too; MX first, then the last used first. What is used meanwhile may be missed. False:
  /// these were the last.
  virtual bool next(std::vector<cached_name>& to) = 0;
};

/// One for the daemon; every method may be called on any loop and resumes there. An error is a temporary failure
/// unless says_no_such_name(). A waiting caller may be cancelled; the look-up goes on for those who share it.
/// Destroy it after the loops have stopped and before they are destroyed.
class resolver {
 public:
  virtual ~resolver() = default;
  virtual rt::task<result<mx_ref>> lookup_mx(std::string domain) = 0;
  virtual rt::task<result<std::vector<ip_address>>> lookup_addresses(std::string host, ip_strategy strategy) = 0;
  virtual rt::task<result<std::vector<std::string>>> lookup_txt(std::string name) = 0;
  virtual rt::task<result<std::vector<std::string>>> lookup_ptr(ip_address address) = 0;
  virtual rt::task<result<answer>> query(std::string name, unsigned type) = 0;

  /// Asks nobody and waits for nothing; nothing when it is not in the cache. Any thread.
  virtual std::optional<cached_answer> cached(const std::string&, unsigned) const { return std::nullopt; }
  /// All that the cache knows; null when it has none. Any thread.
  virtual std::unique_ptr<cache_look> look_through_cache() { return nullptr; }
  /// Where answers come from: "127.0.0.1:53", "/etc/resolv.conf", "zones in memory". Any thread.
  virtual std::string source() const { return {}; }
};

/// True for the error of a look-up whose name does not exist (NXDOMAIN): asking again will not help.
bool says_no_such_name(const error& why);

/// Site name of MX hosts in order of preference then name (KumoMTA: queue names). Pure.
std::string site_name_of(const std::vector<std::string>& hosts);

result<std::unique_ptr<resolver>> make_resolver(const resolver_options& options);

}  // namespace godwit::dns
