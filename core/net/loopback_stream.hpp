#pragma once
// Two streams joined in memory, on one loop, with faults on demand: how protocol code is tested without
// sockets.

#include <memory>
#include <optional>
#include <system_error>
#include <utility>

#include "net/stream.hpp"

namespace godwit::net {

/// What one end meets; shared with the test, which may change it while the streams run.
struct loopback_faults {
  std::size_t max_read = SIZE_MAX;              ///< bytes one read returns at most (1: every split is seen)
  std::optional<std::size_t> fail_read_after;   ///< bytes read before `error`
  std::optional<std::size_t> fail_write_after;  ///< bytes written before `error`
  std::error_code error = std::make_error_code(std::errc::connection_reset);
  bool stall_writes = false;  ///< a write waits until its deadline, like a full send buffer

  std::size_t writes = 0;  ///< write operations so far: for tests of coalescing
  std::size_t bytes_written = 0;
};

struct loopback_pair {
  std::unique_ptr<stream> a, b;
  std::shared_ptr<loopback_faults> faults_a, faults_b;
};

loopback_pair make_loopback_pair(rt::executor where, ip_endpoint address_a = {}, ip_endpoint address_b = {});

}  // namespace godwit::net
