#pragma once
// The client side of one SMTP or LMTP connection: banner, EHLO, STARTTLS, AUTH, then messages. It speaks the
// protocol; which host, whether TLS, what becomes of a message is its owner's business. Lives on one loop; one call at
// a time. After a failure only quit() or destruction makes sense.

#include <memory>
#include <string>
#include <string_view>

#include "net/stream.hpp"
#include "smtp/client_capabilities.hpp"
#include "smtp/client_channel.hpp"
#include "smtp/client_options.hpp"
#include "smtp/client_transactions.hpp"

namespace godwit::smtp {

class client_session {
 public:
  client_session(std::unique_ptr<net::stream> stream, client_options options);
  client_session(const client_session&) = delete;

  rt::task<client_failure> read_banner();
  /// EHLO, or LHLO; there is no falling back to HELO: a host that refuses EHLO is passed over (KumoMTA: SMTP client).
  rt::task<client_failure> hello();
  const client_capabilities& offered() const { return offered_; }

  /// STARTTLS and the handshake. The caller says hello() again afterwards. `peer` as for net::stream.
  rt::task<client_failure> start_tls(net::tls_context_ref context, net::tls_peer peer);
  bool is_tls() const { return channel_.stream().is_tls(); }
  const net::tls_info& tls() const { return channel_.stream().tls(); }

  rt::task<client_failure> auth_plain(std::string_view user, std::string_view password);

  rt::task<send_result> send(const mail::message& m, const mail::message* next = nullptr,
                             const batch_report& report = unreported) {
    return transactions_.send(m, next, report);
  }
  /// Says goodbye and waits briefly for the answer, so that the peer does not log a lost connection.
  rt::task<> quit();

  net::stream& stream() { return channel_.stream(); }
  const client_options& options() const { return options_; }

 private:
  inline static const batch_report unreported;

  rt::task<heard> ask(std::string_view command, std::chrono::nanoseconds limit, std::string_view shown = {});

  client_options options_;
  mutable client_channel channel_;
  client_capabilities offered_;
  client_transactions transactions_;
};

}  // namespace godwit::smtp
