#pragma once
// The policy as HTTP asks it: credentials and access control lists by its events.

#include <memory>

#include "hook/table.hpp"
#include "http/authentication.hpp"
#include "http/authorization.hpp"
#include "lua_api/policy.hpp"

namespace godwit::app {

/// Events http_server_validate_auth_basic and http_server_validate_auth_bearer.
std::shared_ptr<http::credential_judge> make_policy_judge(hook::table& hooks, lua_api::policy& policy);
/// Event get_acl_definition.
std::shared_ptr<http::acl_source> make_policy_acls(hook::table& hooks, lua_api::policy& policy);

}  // namespace godwit::app
