// dig, dns_cache lookup|refcnts|stats|submit
#include "app/commands.hpp"
#include "app/statistics.hpp"
#include "control/arguments.hpp"
#include "control/output.hpp"
#include "dns/record.hpp"
#include "dns/resolver.hpp"

namespace godwit::app {

namespace {

using control::invocation;
using control::word_type;
using kind = control::result_shape::kind;

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

/// In dig's form, and as rows.
result<void> show_cached(const command_services& s, invocation& call) {
  const auto name = call.args.text("record"), asked = call.args.text("type");
  const auto record_type = type_of(asked);
  const auto found = s.names->cached(name, record_type);
  if (!found) {
    call.out.text("Cached result not found, try a submit.");
    return {};
  }
  if (!found->note.empty()) call.out.text(fmt::format("; {} (for {}s)", found->note, found->ttl.count()));
  for (const auto& data : found->records) call.out.row({name + ".", found->ttl.count(), dns::type_text(record_type), data});
  return {};
}

rt::task<result<void>> show_references(const command_services& s, invocation call) {
  const auto look = s.names->look_through_cache();
  bool has_more = look != nullptr;
  while (has_more) {
    std::vector<dns::cached_name> some;
    has_more = look->next(some);
    for (const auto& one : some) call.out.row({one.references, one.name, one.ttl.count(), dns::type_text(one.type)});
    co_await call.out.flush();  // gives others a turn
  }
  co_return result<void>{};
}

result<void> show_statistics(const command_services& s, invocation& call) {
  const auto d = s.statistics->read_dns();
  using dns::query_kind;
  call.out.record({{"txt", d.queries_of(query_kind::txt)},
                   {"ptr", d.queries_of(query_kind::ptr)},
                   {"mx", d.queries_of(query_kind::mx)},
                   {"a", d.queries_of(query_kind::a)},
                   {"aaaa", d.queries_of(query_kind::aaaa)},
                   {"arpa_ipv4", d.queries_of(query_kind::arpa_ipv4)},
                   {"arpa_ipv6", d.queries_of(query_kind::arpa_ipv6)},
                   {"other", d.queries_of(query_kind::other)},
                   {"total", d.responses},
                   {"bad", d.bad},
                   {"lookups", d.lookups},
                   {"hit_rate", fmt::format("{:.1f}%", d.hit_rate())}});
  return {};
}

const std::vector<control::column> statistics_columns{
    {"txt", "TXT Queries"},       {"ptr", "PTR Queries"},
    {"mx", "MX Queries"},         {"a", "A Queries"},
    {"aaaa", "AAAA Queries"},     {"arpa_ipv4", "arpa IPv4 Queries"},
    {"arpa_ipv6", "arpa IPv6 Queries"}, {"other", "Other Queries"},
    {"total", "Total Responses"}, {"bad", "Bad Responses"},
    {"lookups", "Lookups"},       {"hit_rate", "Hit Rate"}};

}  // namespace

result<void> add_dns_commands(command_services& s) {
  return add_commands(s.commands, {
    {.name = "dig",
     .summary = "Looks up the mail exchangers of a domain.",
     .parameters = {{"domain", word_type::domain}},
     .handler = [&s](invocation call) { return look_up(s, call, call.args.text("domain"), "MX", "submitted"); },
     .help = "The answer goes to the cache."},
    {.name = "dns_cache lookup",
     .summary = "What the cache knows of a record; asks nobody.",
     .parameters = {{"record"}, {"type", word_type::choice, false, "", record_types}},
     .shape = {.what = kind::table,
               .columns = {{"name", "Name"}, {"ttl", "TTL"}, {"type", "Type"}, {"data", "Data"}},
               .line = "{name} {ttl} IN {type} {data}"},
     .handler = at_once([&s](invocation& call) { return show_cached(s, call); }),
     .help = "A remembered failure is shown as a comment. X and X_AAAA are A and AAAA."},
    {.name = "dns_cache refcnts",
     .summary = "Entries of the cache: who holds them, and the time they have left.",
     .shape = {.what = kind::table,
               .columns = {{"references", "References"}, {"name", "Name"}, {"ttl", "TTL"}, {"type", "Type"}},
               .line = "[{references}] {name} [{ttl}s]"},
     .handler = [&s](invocation call) { return show_references(s, call); },
     .help = "The cache itself counts as one; others are look-ups and deliveries under way. A name is there once a type. What is "
             "held does not keep an entry from going. What is used while it is listed may be missed."},
    {.name = "dns_cache stats",
     .summary = "Queries by type, responses, look-ups and hit rate of the cache since the last summary reset.",
     .shape = {.what = kind::record, .columns = statistics_columns},
     .handler = at_once([&s](invocation& call) { return show_statistics(s, call); }),
     .help = "Queries are what the cache did not answer; PTR queries are those outside of the reverse zones."},
    {.name = "dns_cache submit",
     .summary = "Queries a record; the answer goes to the cache.",
     .parameters = {{"record"}, {"type", word_type::choice, false, "", record_types}},
     .handler = [&s](invocation call) {
       return look_up(s, call, call.args.text("record"), call.args.text("type"), "Submitted");
     }},
  });
}

}  // namespace godwit::app
