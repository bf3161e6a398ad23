#pragma once
// May this peer do that? Resource names from the most specific to the general one, for each the policy's list or the
// built-in one (KumoMTA: HTTP API).

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/snapshot.hpp"
#include "base/ttl_cache.hpp"
#include "http/acl.hpp"
#include "http/message.hpp"
#include "rt/task.hpp"

namespace godwit::http {

/// "http_listener/L/a/b", "http_listener/L/a", "http_listener/L", "http_listener/*/a/b", …, "http_listener".
std::vector<std::string> resource_names(std::string_view local_address, std::string_view path);

/// The built-in lists for KumoMTA's paths.
const acl_map& built_in_acl();

/// Answers for resources, other than the built-in ones: the policy's event get_acl_definition.
class acl_source {
 public:
  virtual ~acl_source() = default;
  /// Whether asking can give anything: false saves the questions.
  virtual bool is_present() const = 0;
  /// nullopt: nothing is said about it. Throws when it cannot be found out. On the caller's loop.
  virtual rt::task<std::optional<acl>> find(const std::string& resource) = 0;
  virtual bool falls_back() const = 0;  ///< to the built-in map
  virtual std::chrono::nanoseconds ttl() const = 0;
  virtual std::uint64_t epoch() const = 0;  ///< of the policy: answers of another one are asked again
};

/// Thread-safe; shared by the listeners.
class authorization {
 public:
  explicit authorization(std::shared_ptr<acl_source> source) : source_(std::move(source)) {}

  struct decision {
    bool allowed = false;
    std::string text;  ///< of the 401 reply
  };
  /// `route_acl`: the list that the route itself brings, for http_listener/*/PATH. Throws what the source throws.
  rt::task<decision> check(const request& r, const acl& route_acl);

 private:
  /// The policy's list; null: it says nothing.
  rt::task<std::shared_ptr<const acl>> definition(std::string resource);

  std::shared_ptr<acl_source> source_;
  ttl_cache<std::shared_ptr<const acl>> definitions_{1024};  ///< null: the policy says nothing
};

}  // namespace godwit::http
