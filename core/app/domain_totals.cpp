#include "app/domain_totals.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace godwit::app {

void domain_total::add(const queue::scheduled_view& q) {
  pool = q.pool;
  active += q.active;
  delayed += q.delayed;
  delivered += q.delivered;
  failed += q.failed;
  for (const auto& rq : q.via) {
    if (std::find(via.begin(), via.end(), rq) == via.end()) via.push_back(rq);
  }
}

std::size_t domain_total::connections() const {
  std::size_t n = 0;
  for (const auto& rq : via) n += rq->connections();
  return n;
}

rt::task<std::map<std::string, domain_total>> total_by_domain(const queue::administration& queues,
                                                              std::function<bool(const queue::scheduled_view&)> wanted) {
  std::map<std::string, domain_total> totals;
  for (std::size_t i = 0; i < queue::administration::shard_count(); ++i) {
    for (const auto& q : queues.scheduled(i)) {
      if (!wanted || wanted(q)) totals[q.name.domain].add(q);
    }
    co_await asio::post(rt::use_task);
  }
  co_return totals;
}

bool is_domain(const mail::queue_name& name, std::string_view asked) {
  return iequals(asked, "all") || iequals(name.domain, asked);
}

}  // namespace godwit::app
