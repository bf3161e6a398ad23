#include "receive/relay_rule.hpp"

#include "base/text.hpp"
#include "config/options.hpp"

namespace godwit::receive {

rt::task<relaying> relay_rule::check(const smtp::listener_options& options, const mail::address& sender,
                                     const mail::address& recipient, hook::event::instant until) {
  if (options.relay_hosts.contains(context_->peer.address)) co_return relaying::permitted;
  if (!context_->auth.identities.empty()) co_return relaying::permitted;
  if (!get_listener_domain_.has_handlers()) co_return relaying::denied;

  if (!sender.domain().empty()) {
    const auto from = co_await domain_of(to_lower(sender.domain()), until);
    if (from && from->relay_from.contains(context_->peer.address)) co_return relaying::permitted;
  }
  const auto to = co_await domain_of(to_lower(recipient.domain()), until);
  if (!to) co_return relaying::denied;
  if (to->relay_to) co_return relaying::permitted;
  const bool takes_reports =
      to->log_oob != smtp::report_handling::ignore || to->log_arf != smtp::report_handling::ignore;
  co_return takes_reports ? relaying::report_only : relaying::denied;
}

rt::task<std::optional<smtp::listener_domain>> relay_rule::domain_of(std::string domain, hook::event::instant until) {
  hook::arguments args{value(std::move(domain)), value(context_->local.text()), context_};
  auto verdict = co_await get_listener_domain_.run(std::move(args), until);
  if (!verdict.returned || verdict.returned->is_null()) co_return std::nullopt;
  auto parsed = config::parse_options(smtp::listener_domain_table(), *verdict.returned);
  if (!parsed) throw hook::handler_failed("get_listener_domain: " + parsed.why().text);
  co_return std::move(*parsed);
}

}  // namespace godwit::receive
