// show inbound, show outbound, count
#include <map>

#include "app/commands.hpp"
#include "base/cidr.hpp"
#include "base/duration.hpp"
#include "base/text.hpp"
#include "control/arguments.hpp"
#include "control/output.hpp"
#include "deliver/connection_list.hpp"
#include "smtp/server.hpp"

namespace godwit::app {

namespace {

using control::invocation;
using control::word_type;
using kind = control::result_shape::kind;

std::string_view family(const ip_address& a) { return a.is_v4() ? "ipv4" : "ipv6"; }

std::string whole_seconds(std::chrono::nanoseconds d) { return format_duration(std::chrono::floor<std::chrono::seconds>(d)); }

rt::task<result<void>> show_inbound(const command_services& s, invocation call) {
  const auto all = co_await s.smtp->views();
  for (const auto& one : all) {
    call.out.row({one.number, one.is_tls ? "smtp+tls" : "smtp", family(one.peer.address), one.peer.text(), one.state,
                  whole_seconds(one.age)});
    co_await call.out.pace();
  }
  co_return result<void>{};
}

rt::task<result<void>> show_outbound(invocation call) {
  for (const auto& one : deliver::list_connections()) {
    call.out.row({one.number, "smtp", one.host, family(one.to.address), one.to.text(), one.ready_queue});
    co_await call.out.pace();
  }
  co_return result<void>{};
}

// count

ip_address masked(const ip_address& a, unsigned prefix) {
  auto bytes = a.bytes();
  for (unsigned i = 0; i < bytes.size(); ++i) {
    const unsigned kept = prefix > i * 8 ? std::min(8U, prefix - i * 8) : 0;
    bytes[i] = static_cast<std::uint8_t>(bytes[i] & (0xff00U >> kept));
  }
  if (!a.is_v4()) return ip_address::v6(bytes);
  return ip_address::v4({bytes[0], bytes[1], bytes[2], bytes[3]});
}

struct masks {
  unsigned from, to;
};

/// "24" or "16-32".
std::optional<masks> parse_masks(std::string_view text) {
  const auto dash = text.find('-');
  const auto number = [](std::string_view t) -> std::optional<unsigned> {
    if (t.empty() || t.size() > 3 || t.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
    return static_cast<unsigned>(std::stoul(std::string(t)));
  };
  const auto from = number(text.substr(0, dash));
  const auto to = dash == std::string_view::npos ? from : number(text.substr(dash + 1));
  if (!from || !to || *from > *to || *to > 128) return std::nullopt;
  return masks{*from, *to};
}

void group(const std::vector<ip_address>& peers, masks m, control::output& out) {
  for (auto prefix = m.from; prefix <= m.to; ++prefix) {
    std::map<ip_address, std::size_t> networks;
    for (const auto& a : peers) {
      if (prefix <= (a.is_v4() ? 32U : 128U)) ++networks[masked(a, prefix)];
    }
    for (const auto& [network, n] : networks) out.row({fmt::format("{}/{}", network.text(), prefix), n});
  }
}

/// "outbound" is all of them, which "" says; "outbound/BINDING" an egress source.
std::optional<std::string> outbound_binding(std::string_view type) {
  constexpr std::string_view word = "outbound";
  if (!istarts_with(type, word)) return std::nullopt;
  type.remove_prefix(word.size());
  if (type.empty()) return std::string();
  if (type.size() < 2 || type.front() != '/') return std::nullopt;
  return std::string(type.substr(1));
}

std::vector<ip_address> remote_ends(std::string_view binding) {
  std::vector<ip_address> peers;
  for (const auto& one : deliver::list_connections()) {
    if (binding.empty() || iequals(one.source, binding)) peers.push_back(one.to.address);
  }
  return peers;
}

rt::task<result<void>> count(const command_services& s, invocation call) {
  const auto type = call.args.text("type");
  std::vector<ip_address> peers;
  if (iequals(type, "SMTP")) {
    const auto all = co_await s.smtp->views();
    for (const auto& one : all) peers.push_back(one.peer.address);
  } else if (const auto binding = outbound_binding(type)) {
    peers = remote_ends(*binding);
  } else {
    co_return fail("'{}' is none of SMTP, outbound, outbound/BINDING", type);
  }
  const auto text = call.args.text("network");
  if (const auto m = parse_masks(text)) {
    group(peers, *m, call.out);
    co_return result<void>{};
  }
  const auto block = cidr::parse(text);
  if (!block) co_return fail("'{}' is neither an address, a network nor a mask like 24 or 16-32: {}", text, block.why().text);
  const auto n = std::count_if(peers.begin(), peers.end(), [&](const auto& a) { return block->contains(a); });
  call.out.row({block->text(), static_cast<std::int64_t>(n)});
  co_return result<void>{};
}

}  // namespace

result<void> add_connection_commands(command_services& s) {
  return add_commands(s.commands, {
    {.name = "show inbound",
     .summary = "Sessions of clients.",
     .shape = {.what = kind::table,
               .columns = {{"number", "Number"}, {"handler", "Handler"}, {"family", "Family"}, {"peer", "Peer"},
                           {"state", "State"}, {"age", "Age"}},
               .line = "{number}: [inbound/{handler}] {family} {peer} {state} (for {age})"},
     .handler = [&s](invocation call) { return show_inbound(s, call); },
     .help = "The number counts sessions since the start."},
    {.name = "show outbound",
     .summary = "Connections to remote servers.",
     .shape = {.what = kind::table,
               .columns = {{"number", "Number"}, {"handler", "Handler"}, {"host", "Host"}, {"family", "Family"},
                           {"peer", "Peer"}, {"queue", "Ready queue"}},
               .line = "{number}: [outbound/{handler}] {host} {family} {peer}"},
     .handler = [](invocation call) { return show_outbound(call); },
     .help = "The number counts connections since the start."},
    {.name = "count",
     .summary = "Connections by network.",
     .parameters = {{"type", word_type::text, false, "which connections: SMTP, outbound, or outbound/BINDING", {"SMTP", "outbound"}},
                    {"network", word_type::text, false, "an address, a network, or masks to group by: 24, 16-32"}},
     .shape = {.what = kind::table, .columns = {{"network", "Network"}, {"connections", "Connections"}}},
     .handler = [&s](invocation call) { return count(s, call); }},
  });
}

}  // namespace godwit::app
