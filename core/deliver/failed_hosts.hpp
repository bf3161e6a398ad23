#pragma once
// Remote addresses whose last attempt at a connection failed, for operators: no delivery is decided by it. Thread-safe.

#include <chrono>
#include <string>
#include <vector>

#include "base/cidr.hpp"

namespace godwit::deliver {

struct failed_host {
  std::string host;
  ip_endpoint to;
  std::chrono::nanoseconds ago{};
};

/// Kept at a time; the one that failed longest ago gives way.
inline constexpr std::size_t max_failed_hosts = 1000;

std::vector<failed_host> list_failed_hosts();

void note_host_failed(const std::string& host, const ip_endpoint& to);
void note_host_reached(const ip_endpoint& to);

}  // namespace godwit::deliver
