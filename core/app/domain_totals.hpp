#pragma once
// Queues added up by domain, for commands that list domains.

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "queue/administration.hpp"
#include "rt/task.hpp"

namespace godwit::app {

struct domain_total {
  std::string pool;  ///< of the queue seen last
  std::size_t active = 0, delayed = 0;
  std::uint64_t delivered = 0, failed = 0;
  std::vector<queue::ready_ref> via;

  void add(const queue::scheduled_view& q);
  std::size_t connections() const;
};

/// Those of queues that `wanted` accepts, by domain. Gives others on the loop a turn between shards.
rt::task<std::map<std::string, domain_total>> total_by_domain(const queue::administration& queues,
                                                              std::function<bool(const queue::scheduled_view&)> wanted);

/// "all", or the domain whatever its letter case.
bool is_domain(const mail::queue_name& name, std::string_view asked);

}  // namespace godwit::app
