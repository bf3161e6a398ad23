#pragma once
// Weighted round robin over the sources of a pool (KumoMTA: egress, the algorithm of LVS). Pure, no lock.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace godwit::queue {

class weighted_round_robin {
 public:
  /// Takes the weights of a pool; the state starts anew when they differ from the present ones. Zero means absent.
  void assign(const std::vector<std::uint32_t>& weights);

  /// Index of the next entry whose place in `excluded` is not set; nothing when all are excluded or absent.
  /// `excluded` may be empty.
  std::optional<std::size_t> next(const std::vector<bool>& excluded = {});

 private:
  std::vector<std::uint32_t> given_;
  std::vector<std::uint32_t> weights_;  ///< without the zeros
  std::vector<std::size_t> place_;      ///< index in given_ of each of weights_
  std::uint32_t divisor_ = 0, highest_ = 0;
  std::size_t index_ = 0;
  std::uint32_t current_ = 0;
};

}  // namespace godwit::queue
