#pragma once
// Asks policy and agents for the configuration of queues, their pools, sources, sites and paths; once per queue at a
// time, however many messages wait for the answer.

#include <string>

#include "base/result.hpp"
#include "base/ttl_cache.hpp"
#include "queue/scheduled_queue.hpp"
#include "rt/task.hpp"

namespace godwit::queue {

struct engine;

class resolver {
 public:
  explicit resolver(engine& owner) : engine_(owner) {}

  /// Waits for the first configuration of a queue.
  rt::task<result<void>> first_config(scheduled_ref q, steady_time limit = steady_time::max());
  /// Starts the refresh of a queue that said so (park, await_config). On a loop.
  void start(scheduled_ref q);
  /// Starts the refresh of a path when it is stale. On a loop.
  void refresh_path(ready_ref rq);

 private:
  struct members {
    std::vector<egress_source_config> sources;
    std::vector<std::uint32_t> weights;
    steady_time until;
  };

  rt::task<> refresh(scheduled_ref q);
  void conclude(scheduled_ref q, result<route_ref> via);
  rt::task<result<void>> refresh_config(scheduled_ref q);
  rt::task<result<route_ref>> make_route(scheduled_ref q);
  rt::task<result<members>> resolve_pool(std::string name, steady_time until);
  rt::task<result<egress_source_config>> resolve_source(std::string name, steady_time& until);
  rt::task<result<ready_ref>> resolve_ready(scheduled_ref q, egress_source_config source, site where,
                                            std::shared_ptr<delivery_agent> agent);
  rt::task<result<void>> ask_path(ready_ref rq, std::string routing_domain);
  /// Never null: a protocol that nobody provides has an agent that says so.
  std::shared_ptr<delivery_agent> agent_for(const protocol_config& p) const;

  engine& engine_;
  ttl_cache<egress_pool_config> pools_{4096};
  ttl_cache<egress_source_config> sources_{16384};
};

}  // namespace godwit::queue
