#pragma once
// A command, and the script that waits for its reply.

#include <memory>
#include <string>

#include <godwit/call.hpp>
#include <godwit/metrics.hpp>

#include "command.hpp"
#include "conversion.hpp"
#include "wait_limit.hpp"

namespace redis {

/// redis_operation_latency of one service. Thread-safe.
class latencies {
 public:
  explicit latencies(std::string_view service)
      : query_ok_(make(service, "query", "ok")),
        query_error_(make(service, "query", "error")),
        ping_ok_(make(service, "ping", "ok")),
        ping_error_(make(service, "ping", "error")) {}
  void query(std::chrono::nanoseconds took, bool ok) { (ok ? query_ok_ : query_error_).observe(took); }
  void ping(std::chrono::nanoseconds took, bool ok) { (ok ? ping_ok_ : ping_error_).observe(took); }

 private:
  static godwit::sdk::histogram make(std::string_view service, std::string_view operation,
                                     std::string_view status) {
    return {"redis_operation_latency",
            "Latency of an operation talking to Redis.",
            {{"service", service}, {"operation", operation}, {"status", status}}};
  }
  godwit::sdk::histogram query_ok_, query_error_, ping_ok_, ping_error_;
};

class request {
 public:
  request(godwit::sdk::deferred_call call, command c, std::shared_ptr<latencies> measured)
      : what(std::move(c)), call_(std::move(call)), measured_(std::move(measured)) {}
  request(request&&) = default;

  command what;

  bool is_unwanted() const { return call_.is_cancelled(); }
  clock::time_point since() const { return since_; }
  /// Answers the script: with the reply as a value, or with the error that it is or holds.
  void answer(const reply& r) {
    try {
      auto v = to_value(r);
      measured_->query(clock::now() - since_, true);
      call_.answer(std::move(v));
    } catch (const std::exception& e) {
      fail(e.what());
    }
  }
  void fail(std::string_view why) {
    measured_->query(clock::now() - since_, false);
    call_.fail(why);
  }

 private:
  godwit::sdk::deferred_call call_;
  std::shared_ptr<latencies> measured_;
  clock::time_point since_ = clock::now();
};

}  // namespace redis
