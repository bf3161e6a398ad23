#include "queue/connection_goal.hpp"

#include <algorithm>
#include <cmath>

namespace godwit::queue {

std::size_t connection_goal(std::uint64_t limit, std::size_t waiting, bool aggressive) {
  if (waiting == 0 || limit == 0) return 0;
  const auto most = static_cast<std::size_t>(std::min<std::uint64_t>(limit, waiting));
  if (aggressive || waiting > 1000) return most;  // the curve is flat long before
  const double share = 1.0 - std::exp(-0.023 * static_cast<double>(waiting));
  return std::min(most, static_cast<std::size_t>(std::ceil(static_cast<double>(limit) * share)));
}

}  // namespace godwit::queue
