#pragma once
// Named limits that ready queues share (KumoMTA: additional_connection_limits): leases counted in this
// process. Thread-safe.

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace godwit::queue {

struct named_limit {
  std::string name;
  std::uint64_t limit = 0;
};

class connection_limits {
 public:
  /// Held while a connection exists; gives its places back when destroyed.
  class lease {
   public:
    lease(connection_limits* owner, std::vector<std::string> names) : owner_(owner), names_(std::move(names)) {}
    lease(lease&& other) noexcept : owner_(std::exchange(other.owner_, nullptr)), names_(std::move(other.names_)) {}
    lease& operator=(lease&&) = delete;
    ~lease();

   private:
    connection_limits* owner_;
    std::vector<std::string> names_;
  };

  /// One place of each limit, smallest limit first, or nothing at all. `retry` is then called once, on any thread,
  /// when a place of the limit that was full becomes free.
  std::optional<lease> acquire(std::vector<named_limit> limits, std::function<void()> retry);
  std::uint64_t in_use(const std::string& name) const;

 private:
  struct usage {
    std::uint64_t count = 0;
    std::vector<std::function<void()>> waiting;
  };
  void release(const std::vector<std::string>& names);

  mutable std::mutex guard_;
  std::unordered_map<std::string, usage> usages_;
};

}  // namespace godwit::queue
