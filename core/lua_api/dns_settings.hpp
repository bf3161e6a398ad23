#pragma once
// Resolver tables as scripts write them, and names that need no query. Pure.

#include <string>

#include "base/result.hpp"
#include "base/value.hpp"
#include "dns/options.hpp"

namespace godwit::lua_api {

/// {name_servers, domain, search, options}.
result<dns::resolver_options> resolver_from(const value& table);
/// An array of zone texts or {zones = …}.
result<dns::resolver_options> test_resolver_from(const value& zones);

result<std::string> reverse_ip(const std::string& ip);
/// With in-addr.arpa or ip6.arpa.
result<std::string> ptr_host(const std::string& ip);

}  // namespace godwit::lua_api
