#pragma once
// C++ types that scripts hold as objects, and their names.

#include <string>
#include <vector>

#include "lua/registry.hpp"
#include "mail/connection_context.hpp"
#include "mail/message.hpp"
#include "queue/egress_path.hpp"
#include "queue/egress_source.hpp"
#include "queue/queue_config.hpp"
#include "smtp/listener_domain.hpp"

namespace godwit::lua {

template <>
inline constexpr const char* tag_name<mail::message> = "Message";
template <>
inline constexpr const char* tag_name<mail::connection_context> = "ConnectionMeta";
template <>
inline constexpr const char* tag_name<mail::auth_info> = "AuthInfo";
template <>
inline constexpr const char* tag_name<queue::queue_config> = "QueueConfig";
template <>
inline constexpr const char* tag_name<queue::egress_path_config> = "EgressPathConfig";
template <>
inline constexpr const char* tag_name<queue::egress_pool_config> = "EgressPool";
template <>
inline constexpr const char* tag_name<queue::egress_source_config> = "EgressSource";
template <>
inline constexpr const char* tag_name<smtp::listener_domain> = "ListenerDomain";

}  // namespace godwit::lua
