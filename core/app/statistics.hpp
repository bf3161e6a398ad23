#pragma once
// What the summary tells: outcomes counted from the log records, rates over the last minute. The counts start with the
// daemon or with the last reset.

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>

#include "app/dns_statistics.hpp"
#include "app/rate_window.hpp"
#include "mail/log_record.hpp"

namespace godwit::app {

/// A record sink; submit() and read() on any thread, tick() once a second on one.
class statistics final : public mail::record_sink {
 public:
  statistics();

  void submit(const mail::log_record& record, const mail::message_ref& m) override;
  void tick();
  void reset();

  struct figures {
    std::uint64_t delivered = 0, failed = 0, rejected = 0, received = 0;
    double delivery_rate = 0, reception_rate = 0;  ///< messages a second
    std::chrono::system_clock::time_point reset_at;
    std::chrono::seconds uptime{};
  };
  figures read() const;
  dns_statistics::figures read_dns() const { return dns_.read(); }

 private:
  struct counts {
    std::uint64_t delivered = 0, failed = 0, rejected = 0, received = 0;
  };
  counts now() const;

  std::atomic<std::uint64_t> delivered_{0}, failed_{0}, rejected_{0}, received_{0};
  const std::chrono::steady_clock::time_point started_;
  mutable std::mutex guard_;
  rate_window deliveries_, receptions_;
  dns_statistics dns_;
  counts base_;  ///< at the last reset
  std::chrono::system_clock::time_point reset_at_;
};

}  // namespace godwit::app
