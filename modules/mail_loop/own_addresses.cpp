#include "own_addresses.hpp"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include <godwit/host.hpp>

namespace mail_loop {

namespace {

std::string text_of(const sockaddr* address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address != nullptr && address->sa_family == AF_INET)
    inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(address)->sin_addr, text, sizeof(text));
  if (address != nullptr && address->sa_family == AF_INET6)
    inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr, text, sizeof(text));
  return text;
}

/// "192.0.2.1:25" and "[2001:db8::1]:25" without port and brackets.
std::string_view address_of(std::string_view endpoint) {
  endpoint = endpoint.substr(0, endpoint.rfind(':'));
  if (endpoint.starts_with('[') && endpoint.ends_with(']')) endpoint = endpoint.substr(1, endpoint.size() - 2);
  return endpoint;
}

}  // namespace

own_addresses own_addresses::read() {
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0)
    throw godwit::sdk::failure(std::string("cannot list the network interfaces: ") + std::strerror(errno));
  const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> owned(list, freeifaddrs);
  std::set<std::string, std::less<>> texts;
  for (const auto* each = list; each != nullptr; each = each->ifa_next)
    if (auto text = text_of(each->ifa_addr); !text.empty()) texts.insert(std::move(text));
  return own_addresses(std::move(texts));
}

bool own_addresses::has(std::string_view endpoint) const { return texts_.find(address_of(endpoint)) != texts_.end(); }

}  // namespace mail_loop
