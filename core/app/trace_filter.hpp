#pragma once
// Which connections `trace smtp` shows.

#include <optional>
#include <string>
#include <vector>

#include "base/cidr.hpp"
#include "base/result.hpp"
#include "control/arguments.hpp"
#include "smtp/trace.hpp"

namespace godwit::app {

/// Of each kind of condition that is given, one has to hold. A listener asks for inbound connections, a domain, a
/// binding or a host for outbound ones.
class trace_filter {
 public:
  static result<trace_filter> from(const control::arguments& args);
  /// Outbound connections from a binding and for a domain; "*" and "all" are any.
  static trace_filter outbound(const std::string& binding, const std::string& domain);

  bool operator()(const smtp::trace_subject& of) const;

 private:
  result<void> read_networks(const std::vector<std::string>& texts);
  result<void> read_listeners(const std::vector<std::string>& texts);
  result<void> settle_direction(const std::string& asked);
  bool is_outbound_wanted(const smtp::trace_subject& of) const;

  std::optional<bool> is_inbound_;
  std::vector<cidr> networks_;
  std::vector<ip_endpoint> listeners_;  ///< port 0: any
  std::vector<std::string> domains_, bindings_, hosts_;
};

}  // namespace godwit::app
