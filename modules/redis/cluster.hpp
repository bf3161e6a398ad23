#pragma once
// A Redis cluster: each command goes to the node that serves its key.

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>

#include "backend.hpp"
#include "slot_map.hpp"

namespace redis {

/// The map of slots is asked for when it is needed first, and again after a redirection or when a node does
/// not answer.
class cluster final : public backend {
 public:
  /// `seeds`: not empty; the first says user, password and TLS for the nodes that the map names.
  cluster(std::vector<server> seeds, bool reads_from_replicas, connection_pool& connections,
          time_limits times)
      : seeds_(std::move(seeds)),
        reads_from_replicas_(reads_from_replicas),
        connections_(connections),
        times_(times) {}
  void serve(std::vector<request>& batch) override;

 private:
  using map_ref = std::shared_ptr<const slot_map>;
  struct attempt {
    node to;
    bool is_asking = false;  ///< after ASK: the slot is on its way to this node
  };
  enum class outcome { answered, redirected, try_later };

  void serve_one(request& r);
  outcome try_once(request& r, attempt& where);
  outcome follow(const reply& error, attempt& where);
  reply exchange(const command& c, const attempt& where, const is_unwanted& unwanted);
  attempt choose(const command& c, const is_unwanted& unwanted);
  node node_at(const endpoint& at, bool is_replica) const;

  map_ref known() const;
  /// The map, asked for when `stale` is what is known still.
  map_ref refresh(const map_ref& stale, const is_unwanted& unwanted);
  map_ref ask_for_map(const map_ref& old, const is_unwanted& unwanted);
  void remember(std::uint16_t slot, const endpoint& primary);

  std::vector<server> seeds_;
  bool reads_from_replicas_;
  connection_pool& connections_;
  time_limits times_;
  std::atomic<std::size_t> turn_{0};  ///< for nodes that are equally good
  mutable std::mutex mutex_;
  map_ref map_;            ///< under mutex_
  std::mutex refreshing_;  ///< one asks, the others wait for what it hears
};

}  // namespace redis
