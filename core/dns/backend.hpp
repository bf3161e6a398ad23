#pragma once
// Where answers come from: the network, or zones in memory. Neither caches nor times out; the resolver does both.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "dns/resolver.hpp"

namespace godwit::dns {

class backend {
 public:
  /// Called once, on any thread, possibly before ask() returns; not called when the backend goes first.
  using reply = std::function<void(result<answer>)>;

  virtual ~backend() = default;
  /// `name` is ASCII, lower case, without trailing dot. Thread-safe, does not block.
  virtual void ask(const std::string& name, unsigned record_type, reply done) = 0;
};

/// The error that says_no_such_name() recognises.
error no_such_name(std::string_view type_name, std::string_view name);

/// Asks the name servers of `options` through libunbound.
result<std::unique_ptr<backend>> make_unbound_backend(const resolver_options& options);

/// Answers for what `zones` hold; names outside them go to `rest`, and do not exist without it.
result<std::unique_ptr<backend>> make_zone_backend(const std::vector<std::string>& zones, std::unique_ptr<backend> rest);

/// Counts what is asked of `from` and what it answers (query_metrics).
std::unique_ptr<backend> make_metered_backend(std::unique_ptr<backend> from);

}  // namespace godwit::dns
