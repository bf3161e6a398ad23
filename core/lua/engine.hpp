#pragma once
// The policy as VMs: loads the file, keeps a pool of VMs per loop, renews them when the configuration epoch
// rises.

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "lua/limits.hpp"
#include "lua/vm.hpp"
#include "metrics/registry.hpp"

namespace godwit::lua {

struct engine_options {
  std::string policy_file;                 ///< empty: VMs without a policy
  std::optional<std::string> policy_text;  ///< instead of the file's contents; policy_file is then its name
  /// Directories whose ?.lua and ?/init.lua come first in package.path (KumoMTA: Lua environment); the policy
  /// file's own follows them.
  std::vector<std::string> library_dirs{"/opt/kumomta/etc/policy", "/opt/kumomta/share"};
  lua::limits limits;
  lua::pool_limits pool;
  std::size_t loops = 1;
  bool is_validating = false;  ///< _VALIDATING_CONFIG
};

/// One text of the policy: VMs of one generation run the same chunks.
struct generation {
  std::uint64_t epoch = 0;
  std::shared_ptr<chunk_cache> chunks;
};

class lease;

/// Thread-safe; VMs are taken and given back on a loop.
class engine {
 public:
  engine(registry& declarations, engine_options options);
  ~engine();

  event_names& events() { return events_; }

  /// Loads the policy afresh; VMs of the text before are renewed from then on. When it fails nothing changes
  /// and the error names file and line.
  rt::task<result<void>> load();

  /// An idle VM of this loop, nothing when one would have to be made.
  std::optional<lease> try_acquire();
  /// Makes one when there is none: runs the policy file, which may wait.
  rt::task<result<lease>> acquire();

  /// Ids of the events that the current text handles, as its first VM registered them.
  std::vector<event_id> handled_events() const;

  std::uint64_t epoch() const { return epoch_.load(std::memory_order_relaxed); }
  /// Rises the epoch; whoever does it calls load() next (lua_api::policy::reload).
  void bump_epoch() { epoch_.fetch_add(1, std::memory_order_relaxed); }

  /// Throws away stale VMs of the current loop; called every 30 s on each.
  void sweep();
  std::size_t spare_count() const;

  // kumo.set_max_spare_lua_contexts, …_use_count, …_age.
  std::atomic<std::size_t> max_spare, max_uses;
  std::atomic<std::int64_t> max_age_seconds;

 private:
  friend class lease;
  struct pooled;
  struct pool;

  pool& local_pool();
  rt::task<result<std::unique_ptr<pooled>>> make(std::shared_ptr<const generation> from);
  std::shared_ptr<const generation> current() const;
  bool is_fresh(const pooled& p) const;
  void give_back(pool& owner, std::unique_ptr<pooled> p);

  registry& declarations_;
  engine_options options_;
  std::string package_path_;
  event_names events_;
  std::atomic<std::uint64_t> epoch_{0};
  mutable std::mutex mutex_;
  std::shared_ptr<const generation> current_;
  std::atomic<const generation*> in_force_{nullptr};  ///< current_ for comparing, without the lock
  std::vector<event_id> handled_;
  std::vector<std::unique_ptr<pool>> pools_;
  std::atomic<std::size_t> spare_{0};
  std::shared_ptr<metrics::gauge> live_metric_, spare_metric_;
  std::shared_ptr<metrics::counter> load_metric_;
};

/// A VM for the duration of one event. Given back when it goes, unless a call failed or was given up.
class lease {
 public:
  lease(engine& from, engine::pool& owner, std::unique_ptr<engine::pooled> p);
  ~lease();
  lease(lease&& other) noexcept;
  lease& operator=(lease&&) = delete;

  vm& operator*() const;
  vm* operator->() const { return &**this; }

 private:
  engine* from_;
  engine::pool* owner_;
  std::unique_ptr<engine::pooled> held_;
};

}  // namespace godwit::lua
