#pragma once
// Finds messages that go in circles (Momentum: mail_loop), and says what becomes of them.

#include <string>
#include <vector>

#include <godwit/call.hpp>
#include <godwit/metrics.hpp>
#include <godwit/options.hpp>

#include "own_addresses.hpp"

namespace mail_loop {

const godwit::sdk::option_table& loop_settings();

/// Constant once made: shared by all loops.
class loop_check {
 public:
  /// `settings` have passed loop_settings(). Throws godwit::sdk::failure.
  explicit loop_check(godwit::sdk::value_view settings);

  bool uses_addresses() const { return uses_ip_; }
  void set_addresses(own_addresses a) { addresses_ = std::move(a); }
  /// Handler of smtp_server_data: message, connection.
  godwit::sdk::verdict check(godwit::sdk::message_view m, godwit::sdk::connection_view c);

 private:
  bool only_marks() const { return code_ == 250; }
  godwit::sdk::verdict refuse(godwit::sdk::connection_view c, const std::string& why) const;

  const bool uses_ip_;
  const std::size_t max_received_, max_own_;
  const int code_;
  const std::vector<std::string> own_names_;
  own_addresses addresses_{{}};
  godwit::sdk::counter by_received_{"godwit_mail_loop_detected_total", "Messages that go in circles.", {{"by", "received"}}};
  godwit::sdk::counter by_own_{"godwit_mail_loop_detected_total", "Messages that go in circles.", {{"by", "own_received"}}};
  godwit::sdk::counter by_ip_{"godwit_mail_loop_detected_total", "Messages that go in circles.", {{"by", "ip"}}};
};

}  // namespace mail_loop
