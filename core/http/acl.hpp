#pragma once
// Access control lists: ordered rules, the first whose privilege and criteria match decides (KumoMTA: HTTP
// API, kumo.aaa). Plain values; evaluation is pure.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/cidr.hpp"
#include "base/result.hpp"
#include "base/value.hpp"
#include "mail/connection_context.hpp"

namespace godwit::http {

/// Who asks.
struct subject {
  mail::auth_info auth;
  ip_address peer;

  bool is_authenticated() const { return !auth.identities.empty(); }
  /// "alice at 10.0.0.7", "10.0.0.7": begins the text of a denial.
  std::string text() const;
};

struct criterion {
  enum class kind { any, authenticated, unauthenticated, individual, group, machine, all_of, any_of, negation };
  kind what = kind::any;
  std::string name;           ///< of individual or group
  std::optional<cidr> block;  ///< of machine
  std::vector<criterion> of;  ///< of all_of, any_of, negation (one)

  bool matches(const subject& who) const;
  static criterion group(std::string name);
};

struct rule {
  criterion criteria;
  std::string privilege;  ///< an HTTP method; letter case counts
  bool allow = true;
};

using acl = std::vector<rule>;
using acl_map = std::map<std::string, acl, std::less<>>;

/// nullptr: no rule matches.
const rule* decide(const acl& rules, const subject& who, std::string_view privilege);

/// From {criteria, privilege, access}[] as kumo.aaa.make_access_control_list takes it. The error names the rule.
result<acl> parse_acl(const value& rules);
/// From the tree of an ACL map file: acl."RESOURCE" = [{allow, privileges, identity | criteria}].
result<acl_map> parse_acl_map(const value& root);
/// The form that parse_acl reads.
value to_value(const acl& rules);

inline constexpr std::string_view trusted_group = "kumomta:http-listener-trusted-ip";

}  // namespace godwit::http
