#include "deliver/socks5_client.hpp"

#include <array>

namespace godwit::deliver {
namespace {

constexpr char version = 5;
constexpr char connect_command = 1;
constexpr char bind_command = 2;
constexpr char no_authentication = 0;
constexpr char user_and_password = 2;

std::string address_bytes(const ip_endpoint& e) {
  std::string out(1, e.address.is_v4() ? '\1' : '\4');
  const auto& bytes = e.address.bytes();
  out.append(reinterpret_cast<const char*>(bytes.data()), e.address.is_v4() ? 4 : 16);
  out += static_cast<char>(e.port >> 8);
  out += static_cast<char>(e.port & 0xff);
  return out;
}

std::string_view reply_text(unsigned char code) {
  constexpr std::array<std::string_view, 9> texts{
      "succeeded",           "general SOCKS server failure", "connection not allowed by ruleset",
      "network unreachable", "host unreachable",             "connection refused",
      "TTL expired",         "command not supported",        "address type not supported"};
  return code < texts.size() ? texts[code] : "unknown reply";
}

/// Exactly `size` bytes, appended to `out`; a text when they do not come.
rt::task<std::optional<std::string>> read_exactly(net::stream& proxy, std::size_t size, std::string& out) {
  out.clear();
  std::array<char, 256> buffer;
  while (out.size() < size) {
    const std::span<char> rest(buffer.data(), std::min(buffer.size(), size - out.size()));
    const auto got = co_await proxy.read_some(rest);
    if (!got.ok()) co_return net::describe(got.ec);
    out.append(buffer.data(), got.bytes);
  }
  co_return std::nullopt;
}

rt::task<std::optional<std::string>> write_all(net::stream& proxy, const std::string& bytes) {
  const std::error_code ec = co_await proxy.write(bytes);
  if (ec) co_return net::describe(ec);
  co_return std::nullopt;
}

rt::task<std::optional<std::string>> authenticate(net::stream& proxy, const socks5_request& r) {
  std::string line(1, '\1');
  line.append(1, static_cast<char>(r.user.size())).append(r.user);
  line.append(1, static_cast<char>(r.password.size())).append(r.password);
  auto failed = co_await write_all(proxy, line);
  if (failed) co_return failed;
  std::string answer;
  failed = co_await read_exactly(proxy, 2, answer);
  if (!failed && answer[1] != 0) failed = "the proxy refused user name or password";
  co_return failed;
}

rt::task<std::optional<std::string>> greet(net::stream& proxy, const socks5_request& r) {
  const bool has_user = !r.user.empty() && !r.password.empty() && r.user.size() < 256 && r.password.size() < 256;
  std::string hello{version, 1, no_authentication};
  if (has_user) hello = std::string{version, 2, no_authentication, user_and_password};
  auto failed = co_await write_all(proxy, hello);
  if (failed) co_return failed;
  std::string answer;
  failed = co_await read_exactly(proxy, 2, answer);
  if (failed) co_return failed;
  if (answer[0] != version) co_return "the proxy does not speak SOCKS5";
  if (answer[1] == no_authentication) co_return std::nullopt;
  if (answer[1] != user_and_password || !has_user) co_return "the proxy accepts none of our authentication methods";
  co_return co_await authenticate(proxy, r);
}

/// One request and its reply; the address in the reply is read past.
rt::task<std::optional<std::string>> request(net::stream& proxy, char command, ip_endpoint about) {
  std::string line{version, command, 0};
  line += address_bytes(about);
  auto failed = co_await write_all(proxy, line);
  if (failed) co_return failed;
  std::string head, rest;
  failed = co_await read_exactly(proxy, 4, head);
  if (failed) co_return failed;
  if (head[0] != version) co_return "malformed reply of the proxy";
  if (head[1] != 0) co_return std::string(reply_text(static_cast<unsigned char>(head[1])));
  if (head[3] == 3) {  // a host name: its length comes first
    failed = co_await read_exactly(proxy, 1, rest);
    if (failed) co_return failed;
    co_return co_await read_exactly(proxy, static_cast<unsigned char>(rest[0]) + 2U, rest);
  }
  if (head[3] != 1 && head[3] != 4) co_return "malformed reply of the proxy";
  co_return co_await read_exactly(proxy, head[3] == 1 ? 6 : 18, rest);
}

}  // namespace

rt::task<std::optional<socks5_failure>> negotiate_socks5(net::stream& proxy, const socks5_request& r) {
  auto failed = co_await greet(proxy, r);
  if (failed) co_return socks5_failure{"SOCKS5 handshake: " + *failed, false};
  const ip_endpoint source{r.source, 0};
  failed = co_await request(proxy, bind_command, source);
  if (failed) co_return socks5_failure{fmt::format("SOCKS5 BIND of {}: {}", r.source.text(), *failed), true};
  failed = co_await request(proxy, connect_command, r.destination);
  if (failed) co_return socks5_failure{fmt::format("SOCKS5 CONNECT to {}: {}", r.destination.text(), *failed), false};
  co_return std::nullopt;
}

}  // namespace godwit::deliver
