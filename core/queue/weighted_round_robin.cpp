#include "queue/weighted_round_robin.hpp"

#include <algorithm>
#include <numeric>

namespace godwit::queue {

void weighted_round_robin::assign(const std::vector<std::uint32_t>& weights) {
  if (weights == given_) return;
  *this = {};
  given_ = weights;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (weights[i] == 0) continue;
    weights_.push_back(weights[i]);
    place_.push_back(i);
    divisor_ = std::gcd(divisor_, weights[i]);
    highest_ = std::max(highest_, weights[i]);
  }
}

std::optional<std::size_t> weighted_round_robin::next(const std::vector<bool>& excluded) {
  const auto is_open = [&](std::size_t i) { return place_[i] >= excluded.size() || !excluded[place_[i]]; };
  std::size_t open = 0, last = 0;
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    if (is_open(i)) ++open, last = i;
  }
  if (open == 0) return std::nullopt;
  if (open == 1) return place_[last];  // picked directly, the state stays
  for (;;) {
    index_ = (index_ + 1) % weights_.size();
    if (index_ == 0) {
      current_ = current_ > divisor_ ? current_ - divisor_ : 0;
      if (current_ == 0) current_ = highest_;
    }
    if (weights_[index_] >= current_ && is_open(index_)) return place_[index_];
  }
}

}  // namespace godwit::queue
