#pragma once
// From a request as it came in to the response as it goes out: body coding, authentication, route, authorization,
// handler. Knows neither sockets nor what the routes do.

#include <memory>

#include "http/authentication.hpp"
#include "http/authorization.hpp"
#include "http/listener_options.hpp"
#include "http/message.hpp"
#include "http/router.hpp"

namespace godwit::http {

/// A request before anything is known about it.
struct raw_request {
  std::string method, target;
  header_list headers;
  std::string body;  ///< when it is longer than the limit the rest may be missing
  ip_endpoint peer, local;
};

/// Shared by the listeners of all loops; thread-safe. The router outlives it.
class service {
 public:
  /// `patience`: how long a request waits for a route that is being replaced; longer than a module that is reloaded has time to
  /// end its calls.
  service(router& routes, std::shared_ptr<credential_judge> judge, std::shared_ptr<acl_source> acls,
          std::chrono::nanoseconds patience = std::chrono::seconds(15))
      : routes_(routes), authentication_(std::move(judge)), authorization_(std::move(acls)), patience_(patience) {}

  /// Always a response, compressed when the client takes that. On the calling coroutine's loop.
  rt::task<response> respond(raw_request raw, const listener_options& o);

 private:
  rt::task<response> answer(std::shared_ptr<request> r);
  rt::task<response> dispatch(std::shared_ptr<request> r, const router::match& to);
  rt::task<router::match> find_instead(std::shared_ptr<request> r, route_ref former);

  router& routes_;
  authentication authentication_;
  authorization authorization_;
  const std::chrono::nanoseconds patience_;
};

}  // namespace godwit::http
