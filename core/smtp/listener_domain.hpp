#pragma once
// What a listener does for one domain: kumo.make_listener_domain, the answer of get_listener_domain. Declared
// in listener_domain.cpp.

#include "base/cidr.hpp"
#include "config/options.hpp"

namespace godwit::smtp {

/// Delivery status and feedback reports that arrive for the domain. In tables: the name, or true
/// (LogThenRelay) or false.
enum class report_handling { ignore, log_then_relay, log_then_drop };

struct listener_domain {
  bool relay_to = false;  ///< anyone may send to this domain
  cidr_set relay_from;    ///< clients that may send from it
  report_handling log_oob = report_handling::ignore;
  report_handling log_arf = report_handling::ignore;
};

const config::options<listener_domain>& listener_domain_table();

}  // namespace godwit::smtp

template <>
struct godwit::config::table_of<godwit::smtp::listener_domain> {
  static const options<godwit::smtp::listener_domain>& get() { return godwit::smtp::listener_domain_table(); }
};
