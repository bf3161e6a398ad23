#include "smtp/listener_domain.hpp"

namespace godwit::config {

template <>
struct codec<smtp::report_handling> {
  using handling = smtp::report_handling;
  static constexpr std::array names{std::pair{std::string_view("Ignore"), handling::ignore},
                                    std::pair{std::string_view("LogThenRelay"), handling::log_then_relay},
                                    std::pair{std::string_view("LogThenDrop"), handling::log_then_drop}};

  static std::string type() { return "\"Ignore\", \"LogThenRelay\", \"LogThenDrop\", true or false"; }

  static void read(handling& out, const value& v, problems& p, const std::string& path) {
    if (const auto* yes = v.as_bool()) {
      out = *yes ? handling::log_then_relay : handling::ignore;
      return;
    }
    const auto* text = v.as_string();
    if (!text) return detail::wrong_type(p, path, type(), v);
    for (const auto& [name, member] : names) {
      if (name == *text) {
        out = member;
        return;
      }
    }
    p.push_back({path, fmt::format("\"{}\" is not one of {}", *text, type())});
  }

  static value render(handling v) {
    for (const auto& [name, member] : names) {
      if (member == v) return name;
    }
    return {};
  }
};

}  // namespace godwit::config

namespace godwit::smtp {

const config::options<listener_domain>& listener_domain_table() {
  using d = listener_domain;
  // Never destroyed: the tables' register keeps its address.
  static const auto& table =
      (new config::options<d>("make_listener_domain", "Relaying and reports of one domain."))
          ->field("relay_to", &d::relay_to, "Whether anyone may send to this domain.")
          .field("relay_from", &d::relay_from, "Clients that may send mail from this domain.")
          .field("log_oob", &d::log_oob, "Delivery status reports (RFC 3464) for this domain.")
          .field("log_arf", &d::log_arf, "Feedback reports (RFC 5965) for this domain.");
  return table;
}

}  // namespace godwit::smtp
