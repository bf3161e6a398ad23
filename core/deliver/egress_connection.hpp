#pragma once
// A TCP connection from an egress source to a destination: bound to the source address, or through the source's proxy.

#include <functional>
#include <memory>
#include <string>

#include "base/value.hpp"
#include "deliver/connection_plan.hpp"
#include "net/connector.hpp"
#include "queue/egress_source.hpp"

namespace godwit::deliver {

/// net::connect, or what a test puts in its place.
using connect_function = std::function<rt::task<net::connect_result>(net::connect_options)>;

/// Kinds of failure that deserve a hint when all candidates fail alike (KumoMTA: ready queues).
enum class failure_cause { other, unplumbed_source, unplumbed_proxy_source, proxy, insecure_starttls };

struct egress_connection {
  std::unique_ptr<net::stream> stream;  ///< null: `why` says what happened
  std::string why;
  failure_cause cause = failure_cause::other;
  value source_address;  ///< for the log record: {address, [server], [protocol]}
};

/// The arguments outlive the wait.
rt::task<egress_connection> connect_from(const connect_function& connect, const queue::egress_source_config& source,
                                         const candidate& to, std::chrono::nanoseconds limit);

}  // namespace godwit::deliver
