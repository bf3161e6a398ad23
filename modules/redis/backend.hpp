#pragma once
// How commands reach the servers of a service.

#include <vector>

#include "connection_pool.hpp"
#include "request.hpp"

namespace redis {

/// Thread-safe. Blocks; used on threads of the pool.
class backend {
 public:
  virtual ~backend() = default;
  /// Answers every request, in order. More than one only when pipelines() says so.
  virtual void serve(std::vector<request>& batch) = 0;
  virtual bool pipelines() const { return false; }
};

/// One server. Several commands go out in one write on one connection.
class single_node final : public backend {
 public:
  single_node(server at, connection_pool& connections, time_limits times)
      : node_{std::move(at), false}, connections_(connections), times_(times) {}
  void serve(std::vector<request>& batch) override;
  bool pipelines() const override { return true; }

 private:
  node node_;
  connection_pool& connections_;
  time_limits times_;
};

}  // namespace redis
