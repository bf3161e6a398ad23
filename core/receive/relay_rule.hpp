#pragma once
// Who may send to whom: closed unless relay_hosts, authentication or a listener domain opens it (KumoMTA: SMTP server).

#include <memory>
#include <optional>
#include <string>

#include "hook/table.hpp"
#include "mail/address.hpp"
#include "smtp/listener_domain.hpp"
#include "smtp/listener_options.hpp"

namespace godwit::receive {

enum class relaying { denied, permitted, report_only };  ///< report_only: taken for log_oob or log_arf

/// One connection's view of the rule. Each question asks get_listener_domain anew: its answer may depend on what the
/// policy has learned of the connection. All tasks may suspend, and throw hook::deadline_passed at `until`.
class relay_rule {
 public:
  relay_rule(hook::event& get_listener_domain, hook::connection_ref context)
      : get_listener_domain_(get_listener_domain), context_(std::move(context)) {}

  rt::task<relaying> check(const smtp::listener_options& options, const mail::address& sender,
                           const mail::address& recipient, hook::event::instant until = hook::event::instant::max());

  /// False: no policy says anything about domains.
  bool knows_domains() const { return get_listener_domain_.has_handlers(); }
  /// What the policy says of a domain; nothing when it says nothing.
  rt::task<std::optional<smtp::listener_domain>> domain_of(std::string domain,
                                                           hook::event::instant until = hook::event::instant::max());

 private:
  hook::event& get_listener_domain_;
  hook::connection_ref context_;
};

}  // namespace godwit::receive
