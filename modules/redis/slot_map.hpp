#pragma once
// Which node of a cluster serves which key (https://redis.io/docs/reference/cluster-spec).

#include <cstdint>
#include <string_view>
#include <vector>

#include "reply.hpp"
#include "server.hpp"

namespace redis {

inline constexpr std::size_t slot_count = 16384;

/// CRC-16 XMODEM: polynomial 0x1021, starting at 0.
std::uint16_t crc16(std::string_view bytes);
/// A part between { and } that is not empty stands for the whole key.
std::uint16_t slot_of(std::string_view key);

struct shard {
  endpoint primary;
  std::vector<endpoint> replicas;
};

/// A table that is filled once, then shared and constant, but for copies with one slot moved.
class slot_map {
 public:
  slot_map() : owners_(slot_count, nobody) {}
  /// From the reply to CLUSTER SLOTS of the node `asked`, which stands for hosts that the reply leaves out.
  /// Throws failure when it is none.
  slot_map(const reply& slots, const endpoint& asked);

  const shard* find(std::uint16_t slot) const {
    const auto owner = owners_[slot];
    return owner == nobody ? nullptr : &shards_[owner];
  }
  /// After MOVED. A primary that was not known gets a shard without replicas.
  void move(std::uint16_t slot, const endpoint& primary);
  const std::vector<shard>& shards() const { return shards_; }

 private:
  static constexpr std::uint16_t nobody = 0xffff;
  std::uint16_t shard_of(const endpoint& primary);

  std::vector<std::uint16_t> owners_;  ///< index in shards_ by slot
  std::vector<shard> shards_;
};

/// Where "MOVED 3999 127.0.0.1:6381" or "ASK …" points. Throws failure when the text is malformed.
struct redirection {
  std::uint16_t slot = 0;
  endpoint to;
};
redirection parse_redirection(std::string_view error, const endpoint& asked);

}  // namespace redis
