#include "server.hpp"

#include <charconv>
#include <utility>

#include <godwit/host.hpp>

namespace redis {

namespace sdk = godwit::sdk;

namespace {

[[noreturn]] void refuse(std::string_view why) { throw sdk::failure("redis URL: " + std::string(why)); }

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// RFC 3986 section 2.1.
std::string decode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
    if (high < 0 || low < 0) refuse("a % is not followed by two hexadecimal digits");
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

template <class Number>
Number read_number(std::string_view text, std::string_view what) {
  Number n{};
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (failed != std::errc{} || end != text.data() + text.size() || n < 0)
    refuse(std::string(what) + " is not a number: " + std::string(text));
  return n;
}

/// What precedes `mark`; `text` keeps what follows. Nothing when there is none.
std::optional<std::string_view> cut_before(std::string_view& text, char mark) {
  const auto at = text.find(mark);
  if (at == std::string_view::npos) return std::nullopt;
  const auto before = text.substr(0, at);
  text.remove_prefix(at + 1);
  return before;
}

/// What follows `mark` leaves `text`.
std::optional<std::string_view> cut_after(std::string_view& text, char mark) {
  const auto at = text.find(mark);
  if (at == std::string_view::npos) return std::nullopt;
  const auto after = text.substr(at + 1);
  text = text.substr(0, at);
  return after;
}

void read_scheme(server& s, std::string_view scheme) {
  using transport = server::transport;
  static constexpr std::pair<std::string_view, transport> known[] = {{"redis", transport::tcp},
                                                                     {"valkey", transport::tcp},
                                                                     {"rediss", transport::tls},
                                                                     {"valkeys", transport::tls},
                                                                     {"unix", transport::unix_socket},
                                                                     {"redis+unix", transport::unix_socket},
                                                                     {"valkey+unix", transport::unix_socket}};
  for (const auto& [name, via] : known) {
    if (name != scheme) continue;
    s.via = via;
    return;
  }
  refuse("unknown scheme \"" + std::string(scheme) + "\": use redis, rediss or redis+unix");
}

void read_parameter(server& s, std::string_view name, std::string_view text) {
  const bool is_unix = s.via == server::transport::unix_socket;
  if (name == "protocol") {
    if (text != "resp2" && text != "2" && text != "resp3" && text != "3")
      refuse("protocol must be resp2 or resp3");
    s.protocol = text.ends_with('3') ? 3 : 2;
  } else if (is_unix && name == "db") {
    s.database = read_number<std::int64_t>(text, "db");
  } else if (is_unix && name == "user") {
    s.username = decode(text);
  } else if (is_unix && name == "pass") {
    s.password = decode(text);
  } else {
    refuse("unknown parameter \"" + std::string(name) + "\"");
  }
}

void read_parameters(server& s, std::string_view query) {
  while (!query.empty()) {
    auto one = cut_before(query, '&');
    if (!one) one = std::exchange(query, {});
    if (one->empty()) continue;
    const auto text = cut_after(*one, '=');
    read_parameter(s, *one, text.value_or(""));
  }
}

void read_login(server& s, std::string_view login) {
  if (const auto password = cut_after(login, ':'); password && !password->empty())
    s.password = decode(*password);
  if (!login.empty()) s.username = decode(login);
}

void read_host(server& s, std::string_view authority) {
  std::string_view port;
  if (authority.starts_with('[')) {
    const auto close = authority.find(']');
    if (close == std::string_view::npos) refuse("an IPv6 address is not closed with ]");
    s.at.host = authority.substr(1, close - 1);
    port = authority.substr(close + 1);
    if (!port.empty() && port.front() != ':') refuse("a port begins with :");
    if (!port.empty()) port.remove_prefix(1);
  } else {
    port = cut_after(authority, ':').value_or("");
    s.at.host = decode(authority);
  }
  if (s.at.host.empty()) refuse("it names no host");
  if (!port.empty()) s.at.port = read_number<std::uint16_t>(port, "the port");
}

void read_network(server& s, std::string_view rest) {
  const auto path = cut_after(rest, '/').value_or("");
  if (const auto at = rest.rfind('@'); at != std::string_view::npos) {
    read_login(s, rest.substr(0, at));
    rest.remove_prefix(at + 1);
  }
  read_host(s, rest);
  if (!path.empty()) s.database = read_number<std::int64_t>(path, "the database");
}

}  // namespace

std::string server::name() const {
  if (via == transport::unix_socket) return "redis+unix://" + path;
  const bool is_ipv6 = at.host.find(':') != std::string::npos;
  return (via == transport::tls ? "rediss://" : "redis://") + (is_ipv6 ? "[" + at.host + "]" : at.host) +
         ":" + std::to_string(at.port);
}

server parse_server(std::string_view url) {
  server s;
  const auto colon = url.find("://");
  if (colon == std::string_view::npos) refuse("it does not begin with SCHEME://");
  read_scheme(s, url.substr(0, colon));
  auto rest = url.substr(colon + 3);
  const auto fragment = cut_after(rest, '#');
  const auto query = cut_after(rest, '?');
  if (fragment && (*fragment != "insecure" || s.via != server::transport::tls))
    refuse("#insecure is the only fragment, and for rediss only");
  s.is_verified = !fragment;
  if (s.via == server::transport::unix_socket) {
    s.path = decode(rest);
    if (s.path.empty()) refuse("it names no socket");
  } else {
    read_network(s, rest);
  }
  read_parameters(s, query.value_or(""));
  return s;
}

}  // namespace redis
