// dig, dns_cache submit
#include "app/commands.hpp"
#include "control/arguments.hpp"
#include "control/output.hpp"
#include "dns/record.hpp"
#include "dns/resolver.hpp"

namespace godwit::app {

namespace {

using control::invocation;
using control::word_type;

const std::vector<std::string> record_types{"A", "MX", "PTR", "X", "X_AAAA", "TXT", "AAAA", "CNAME"};

/// X and X_AAAA are Momentum's names for addresses of a mail exchanger: the address types themselves here.
unsigned type_of(std::string_view name) {
  if (name == "X") return dns::type::a;
  if (name == "X_AAAA") return dns::type::aaaa;
  return dns::parse_type(name).value_or(dns::type::a);
}

/// Says so at once and ends with the look-up: the cache then has the answer.
rt::task<result<void>> look_up(const command_services& s, invocation call, std::string name, std::string type, std::string said) {
  call.out.text(std::move(said));
  co_await call.out.flush();
  if (type == "MX") {
    const auto found = co_await s.names->lookup_mx(name);
    co_return found ? result<void>() : result<void>(found.why());
  }
  const auto found = co_await s.names->query(name, type_of(type));
  co_return found ? result<void>() : result<void>(found.why());
}

}  // namespace

result<void> add_dns_commands(command_services& s) {
  return add_commands(s.commands, {
    {.name = "dig",
     .summary = "Looks up the mail exchangers of a domain.",
     .parameters = {{"domain", word_type::domain}},
     .handler = [&s](invocation call) { return look_up(s, call, call.args.text("domain"), "MX", "submitted"); },
     .help = "The answer goes to the cache."},
    {.name = "dns_cache submit",
     .summary = "Queries a record; the answer goes to the cache.",
     .parameters = {{"record"}, {"type", word_type::choice, false, "", record_types}},
     .handler = [&s](invocation call) {
       return look_up(s, call, call.args.text("record"), call.args.text("type"), "Submitted");
     }},
  });
}

}  // namespace godwit::app
