#pragma once
// Which handler answers which request. Routes come from the program and from modules; a module's go with it.

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/snapshot.hpp"
#include "http/acl.hpp"
#include "http/message.hpp"
#include "rt/task.hpp"

namespace godwit::http {

/// Runs on the loop of the connection. What it throws becomes "Error: ..." with status 500, unless it is route_withdrawn.
using handler = std::function<rt::task<response>(request_ref)>;

struct route {
  std::string method;  ///< upper case; a GET route answers HEAD as well
  std::string path;    ///< "/api/thing/v1", exactly; "/api/thing/*" takes all below
  std::string owner;   ///< "core" or a module's name
  std::string summary;
  acl access;  ///< who may, when neither policy nor built-in map says it; see authorization
  http::handler handler;
  std::chrono::nanoseconds timeout = std::chrono::minutes(5);  ///< then 504, and the handler is cancelled
};
using route_ref = std::shared_ptr<const route>;

/// Thrown by a handler whose owner is going, before it has done anything: the request goes to what takes the route's place.
struct route_withdrawn : std::runtime_error {
  route_withdrawn() : runtime_error("the route is being withdrawn") {}
};

/// Thread-safe. A request keeps the route it found.
class router {
 public:
  /// Refuses a path that does not start with '/', and a second route for a method and path.
  result<void> add(route r);
  /// In place of all that `owner` added; no request meets both or neither. Refuses as add() does, then nothing has changed.
  /// `also` takes what must be had together with the routes; called when these are free, no other change comes between. When it
  /// is refused nothing has changed here either.
  result<void> replace_owner(std::string_view owner, std::vector<route> fresh, const std::function<result<void>()>& also = {});
  void remove_owner(std::string_view owner) { (void)replace_owner(owner, {}); }

  struct match {
    route_ref found;                   ///< null: see `methods`
    std::vector<std::string> methods;  ///< that the path has: empty means 404, else 405
  };
  match find(std::string_view method, std::string_view path) const;
  std::vector<route_ref> list() const;

 private:
  using table = std::vector<route_ref>;
  static result<void> insert(table& into, route r);
  std::mutex changing_;
  snapshot<table> routes_;
};

}  // namespace godwit::http
