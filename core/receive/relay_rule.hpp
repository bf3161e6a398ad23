#pragma once
// Who may send to whom: closed unless relay_hosts, authentication or a listener domain opens it (reference/kumo 9.4).

#include <memory>
#include <optional>
#include <string>

#include "hook/table.hpp"
#include "mail/address.hpp"
#include "smtp/listener_domain.hpp"
#include "smtp/listener_options.hpp"

namespace godwit::receive {

enum class relaying { denied, permitted, report_only };  ///< report_only: taken for log_oob or log_arf

/// One connection's view of the rule. get_listener_domain is asked once per domain and transaction.
class relay_rule {
 public:
  relay_rule(hook::event& get_listener_domain, hook::connection_ref context)
      : get_listener_domain_(get_listener_domain), context_(std::move(context)) {}

  /// May suspend (the event). `listener` is the address the connection came in on.
  rt::task<relaying> check(const smtp::listener_options& options, const mail::address& sender,
                           const mail::address& recipient);

 private:
  rt::task<std::optional<smtp::listener_domain>> domain_of(std::string domain);

  hook::event& get_listener_domain_;
  hook::connection_ref context_;
};

}  // namespace godwit::receive
