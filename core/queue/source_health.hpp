#pragma once
// Sources that cannot send at the moment: their address is gone from this host, or their proxy does not serve. Known
// to this process only (KumoMTA: egress).

#include <atomic>
#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "queue/egress_source.hpp"

namespace godwit::metrics {
class gauge;
}

namespace godwit::queue {

using steady_time = std::chrono::steady_clock::time_point;

enum class source_trouble { unplumbed, proxy_unhealthy };

/// Thread-safe; one short lock, which is not taken while nothing is suspended.
class source_health {
 public:
  /// True when this failure suspends the source: what waits for it should go elsewhere.
  bool note(const egress_source_config& source, source_trouble what, std::string_view why, steady_time now);
  /// When the source may be used again; nothing when it may be used now.
  std::optional<steady_time> suspended_until(const std::string& source, steady_time now) const;
  /// Ends the suspensions whose time is over.
  void clear(steady_time now);

 private:
  struct condition {
    std::deque<steady_time> failures;  ///< within the period of the threshold
    std::optional<steady_time> until;
    std::shared_ptr<metrics::gauge> is_suspended;  ///< set under the lock, so that it says what `until` does
  };
  using key = std::pair<std::string, source_trouble>;

  static bool is_triggered(condition& c, const suspend_rule& rule, steady_time now);

  mutable std::mutex guard_;
  std::map<key, condition> conditions_;
  std::atomic<std::size_t> suspended_{0};
};

}  // namespace godwit::queue
