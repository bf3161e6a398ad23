#pragma once
// What a policy sets up while the daemon starts: the app implements this and hands it to lua_api::policy.

#include <string_view>

#include "base/result.hpp"
#include "base/value.hpp"
#include "dns/options.hpp"
#include "http/listener_options.hpp"
#include "smtp/listener_options.hpp"
#include "spool/options.hpp"

namespace godwit::lua_api {

/// Called from pre_init and init only, on the loop that runs them. An error raises in the script.
class startup_sink {
 public:
  virtual ~startup_sink() = default;
  virtual result<void> add_spool(spool::store_options options) = 0;
  virtual result<void> add_listener(smtp::listener_options options) = 0;
  virtual result<void> add_http_listener(http::listener_options options) = 0;
  virtual result<void> configure_resolver(dns::resolver_options options) = 0;
  /// Settings without a type of their own: "memory_soft_limit", "smtpsrv_threads", "accounting_db_path", … An
  /// unknown name is accepted when it has no effect here.
  virtual result<void> configure(std::string_view name, value setting) = 0;
};

}  // namespace godwit::lua_api
