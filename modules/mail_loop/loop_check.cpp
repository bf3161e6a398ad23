#include "loop_check.hpp"

#include "received_hops.hpp"

namespace mail_loop {

namespace sdk = godwit::sdk;
using sdk::option;

namespace {

constexpr std::string_view received_key = "mail_loop_header_count";
constexpr std::string_view own_key = "mail_loop_own_count";
constexpr std::string_view ip_key = "mail_loop_ip";

/// Sets the finding, or takes that of an earlier message of the connection away.
template <class T>
void mark(sdk::message_view m, sdk::connection_view c, std::string_view key, bool is_found, const T& what) {
  if (is_found) {
    c.set_meta(key, what);
    m.set_meta(key, what);
  } else if (!c.meta(key).is_null()) {
    c.set_meta(key, nullptr);
    m.set_meta(key, nullptr);
  }
}

}  // namespace

const sdk::option_table& loop_settings() {
  static const sdk::option_table table("mail_loop", "Detects mail loops.", {
      option::boolean("use_ip").fallback("false").means("A connection from an address of this machine is a loop."),
      option::integer("max_received_headers").fallback("20").between(1, 10000).means("A message with more Received fields is in a loop."),
      option::integer("max_own_received_headers")
          .fallback("4")
          .between(0, 10000)
          .means("A message with more Received fields of this server is in a loop; 0: do not look."),
      option::text_list("own_names")
          .fallback("[]")
          .means("Further names that this server uses in Received, besides its host name and that of the listener."),
      option::integer("code").fallback("554").between(250, 599).means("Reply code; 250 refuses nothing and only sets metadata."),
  });
  return table;
}

loop_check::loop_check(sdk::value_view settings)
    : uses_ip_(settings["use_ip"].boolean()),
      max_received_(static_cast<std::size_t>(settings["max_received_headers"].integer())),
      max_own_(static_cast<std::size_t>(settings["max_own_received_headers"].integer())),
      code_(static_cast<int>(settings["code"].integer())),
      own_names_(settings["own_names"].text_list()) {
  if (!only_marks() && code_ < 400) throw sdk::failure("code: must be 250 or a refusal, 400 to 599");
}

sdk::verdict loop_check::check(sdk::message_view m, sdk::connection_view c) {
  std::vector<std::string_view> names{sdk::server_info("hostname"), c.meta("hostname").text()};
  names.insert(names.end(), own_names_.begin(), own_names_.end());
  const auto n = count_hops(m, names);
  const bool is_long = n.all > max_received_;
  const bool is_back = max_own_ > 0 && n.own > max_own_;
  const bool is_self = uses_ip_ && addresses_.has(c.peer());
  by_received_.add(is_long);
  by_own_.add(is_back);
  by_ip_.add(is_self);
  if (only_marks()) {
    mark(m, c, received_key, is_long, static_cast<std::int64_t>(n.all));
    mark(m, c, own_key, is_back, static_cast<std::int64_t>(n.own));
    mark(m, c, ip_key, is_self, "match");
    return sdk::verdict::proceed();
  }
  if (is_long) return refuse(c, std::to_string(n.all) + " Received fields");
  if (is_back) return refuse(c, "it was here " + std::to_string(n.own) + " times");
  if (is_self) return refuse(c, "the peer is this machine");
  return sdk::verdict::proceed();
}

sdk::verdict loop_check::refuse(sdk::connection_view c, const std::string& why) const {
  sdk::log_info("mail loop from " + c.peer() + ": " + why);
  return sdk::verdict::reject(code_, (code_ < 500 ? "4.4.6" : "5.4.6") + std::string(" mail loop detected"));
}

}  // namespace mail_loop
