#pragma once
// What a listener counts (KumoMTA: metrics): once under its own address, once under the service.

#include <memory>
#include <string>

#include "metrics/registry.hpp"

namespace godwit::smtp {

/// Shared by the sessions of one listen address; thread-safe.
class server_metrics {
 public:
  explicit server_metrics(const std::string& address);

  void opened();
  void closed();
  void denied();    ///< over max_connections
  void rejected();  ///< a reply of class 4 or 5
  void received();  ///< a transaction was accepted
  void read_data(double seconds) { read_data_->observe(seconds); }
  void process_data(double seconds) { process_data_->observe(seconds); }
  void transaction(double seconds) { transaction_->observe(seconds); }

 private:
  struct series {
    explicit series(const std::string& service, const std::string& rejection_service);
    std::shared_ptr<metrics::gauge> open;
    std::shared_ptr<metrics::counter> total, denied, rejected, received;
  };
  series service_, own_;
  std::shared_ptr<metrics::histogram> read_data_, process_data_, transaction_;
};

}  // namespace godwit::smtp
