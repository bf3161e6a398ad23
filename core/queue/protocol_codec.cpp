#include "queue/protocol_codec.hpp"

#include "queue/protocol_registry.hpp"

#include "base/cidr.hpp"

#include <charconv>

namespace godwit::queue {

namespace {

/// Splits ":port" off; an IPv6 address has to be in brackets to carry one.
std::optional<std::string> split_port(std::string& host, std::optional<std::uint16_t>& port) {
  const auto colon = host.rfind(':');
  if (colon == std::string::npos || host.ends_with(']')) return std::nullopt;
  if (host.find(':') != colon && host.front() != '[') return std::nullopt;
  std::uint16_t number = 0;
  const auto* first = host.data() + colon + 1;
  const auto* last = host.data() + host.size();
  const auto [end, failed] = std::from_chars(first, last, number);
  if (failed != std::errc{} || end != last || number == 0) return "the port is not a number from 1 to 65535";
  port = number;
  host.resize(colon);
  return std::nullopt;
}

std::optional<std::string> read_host(protocol_config::mx_host& out, std::string text) {
  if (text.empty()) return "a host is empty";
  if (auto wrong = split_port(text, out.port)) return wrong;
  const bool is_literal = text.size() > 2 && text.front() == '[' && text.back() == ']';
  if (is_literal && !ip_address::parse(std::string_view(text).substr(1, text.size() - 2))) {
    return "the address in brackets is not an IP address";
  }
  if (text.empty()) return "a host is empty";
  out.name = std::move(text);
  return std::nullopt;
}

}  // namespace

std::string protocol_config::mx_host::label() const {
  if (address || !port) return name;
  return fmt::format("{}:{}", name, *port);
}

}  // namespace godwit::queue

namespace godwit::config {

using queue::protocol_config;

namespace {

struct host_table {
  std::string name, addr;
};

const options<host_table>& host_options() {
  static const auto& table = (new options<host_table>("make_queue_config.protocol.smtp.mx_list", "A host of mx_list."))
                                 ->required("name", &host_table::name, "Label of the host in names and records.")
                                 .required("addr", &host_table::addr, "Its IP address, with an optional port.");
  return table;
}

void read_host_table(protocol_config::mx_host& out, const value& v, problems& p, const std::string& path) {
  const auto before = p.size();
  auto table = host_options().parse(v, p, path);
  if (p.size() != before) return;
  out.name = std::move(table.name);
  if (const auto plain = ip_address::parse(table.addr)) {
    out.address = plain->text();
    return;
  }
  const auto endpoint = ip_endpoint::parse(table.addr);
  if (!endpoint) {
    p.push_back({detail::join(path, "addr"), endpoint.why().text});
    return;
  }
  out.address = endpoint->address.text();
  out.port = endpoint->port;
}

}  // namespace

void codec<protocol_config::mx_host>::read(protocol_config::mx_host& out, const value& v, problems& p,
                                           const std::string& path) {
  if (v.is_object()) return read_host_table(out, v, p, path);
  const auto* text = v.as_string();
  if (!text) return detail::wrong_type(p, path, type(), v);
  if (auto wrong = queue::read_host(out, *text)) p.push_back({path, fmt::format("\"{}\": {}", *text, *wrong)});
}

value codec<protocol_config::mx_host>::render(const protocol_config::mx_host& v) {
  if (!v.address) return v.label();
  const auto addr = v.port ? ip_endpoint{ip_address::parse(*v.address).value_or(ip_address{}), *v.port}.text() : *v.address;
  return object{{"name", v.name}, {"addr", addr}};
}

template <>
struct table_of<protocol_config::smtp_table> {
  static const options<protocol_config::smtp_table>& get() {
    using s = protocol_config::smtp_table;
    static const auto& table =
        (new options<s>("make_queue_config.protocol.smtp", "Delivery by SMTP."))
            ->field("mx_list", &s::mx_list, "Hosts tried in order, in place of an MX look-up.")
            .field("treat_mx_list_as_secure", &s::treat_mx_list_as_secure, "Accepted: it matters to DANE alone, which is not evaluated.");
    return table;
  }
};

template <>
struct table_of<protocol_config::custom_lua_table> {
  static const options<protocol_config::custom_lua_table>& get() {
    using c = protocol_config::custom_lua_table;
    static const auto& table =
        (new options<c>("make_queue_config.protocol.custom_lua", "Delivery by a script."))
            ->required("constructor", &c::constructor, "Event that makes the object of a session.")
            .field("batch_size", &c::batch_size, "Most messages handed to send_batch at once.")
            .field("min_batch_size", &c::min_batch_size, "Wait for at least this many messages.")
            .field("max_batch_latency", &c::max_batch_latency, "How long to wait for a batch to fill.");
    return table;
  }
};

namespace {

/// What the keys of a `protocol` table that are not the core's say: a protocol's own table, or keys written in place of it.
class provided_reader {
 public:
  provided_reader(problems& out, const std::string& path) : out_(out), path_(path) {}

  void read(const std::string& key, const value& member) {
    if (auto kind = queue::find_protocol(key)) return take(std::move(kind), member);
    auto kind = queue::find_protocol_with(key);
    if (!kind) return refuse(key);
    if (inline_ != kind) ++count_;
    inline_ = std::move(kind);
    keys_.set(key, member);
  }

  std::optional<protocol_config::provided_table> result() {
    if (!inline_) return std::move(table_);
    inline_->check(keys_, out_, path_);
    return protocol_config::provided_table{inline_->name, std::move(keys_)};
  }
  std::size_t count() const { return count_; }

 private:
  void take(queue::protocol_ref kind, const value& member) {
    ++count_;
    kind->check(member, out_, detail::join(path_, kind->name));
    table_ = {kind->name, member};
  }

  void refuse(const std::string& key) {
    const auto provider = queue::provider_of_protocol(key);
    if (provider.empty()) {
      auto names = queue::protocol_keys();
      names.insert(names.end(), {"smtp", "custom_lua"});
      detail::unknown_key(out_, path_, key, names);
    } else {
      out_.push_back({detail::join(path_, key),
                      fmt::format("is provided by the module {}: enable it with [modules.{}] enabled = true", provider, provider)});
    }
    out_.back().awaits_module = true;
  }

  problems& out_;
  const std::string& path_;
  queue::protocol_ref inline_;
  object keys_;
  std::optional<protocol_config::provided_table> table_;
  std::size_t count_ = 0;
};

}  // namespace

void codec<protocol_config>::read(protocol_config& out, const value& v, problems& p, const std::string& path) {
  out = {};
  const auto* members = v.as_object();
  if (const auto* a = v.as_array(); a && a->empty()) return;
  if (!members) return detail::not_a_table(p, path, v);
  provided_reader provided(p, path);
  for (const auto& [key, member] : *members) {
    if (key == "smtp") {
      out.smtp = protocol_config::smtp_table{};  // clang does not take emplace() for a nested type with initializers
      codec<protocol_config::smtp_table>::read(*out.smtp, member, p, detail::join(path, key));
    } else if (key == "custom_lua") {
      out.custom_lua = protocol_config::custom_lua_table{};
      codec<protocol_config::custom_lua_table>::read(*out.custom_lua, member, p, detail::join(path, key));
    } else {
      provided.read(key, member);
    }
  }
  out.provided = provided.result();
  if (out.smtp.has_value() + out.custom_lua.has_value() + provided.count() > 1) {
    p.push_back({path, "holds more than one protocol, keep one"});
  }
}

value codec<protocol_config>::render(const protocol_config& v) {
  object members;
  if (v.provided) {
    members.set(v.provided->name, v.provided->settings);
  } else if (v.custom_lua) {
    members.set("custom_lua", table_of<protocol_config::custom_lua_table>::get().render(*v.custom_lua));
  } else {
    members.set("smtp", table_of<protocol_config::smtp_table>::get().render(v.smtp.value_or(protocol_config::smtp_table{})));
  }
  return members;
}

}  // namespace godwit::config
