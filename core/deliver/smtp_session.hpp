#pragma once
// One delivery session: a connection plan, a connection, messages until there is nothing to do. Lives on the loop that
// run() is awaited on.

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "deliver/connection_plan.hpp"
#include "deliver/smtp_connection.hpp"
#include "queue/delivery_agent.hpp"

namespace godwit::deliver {

class smtp_session {
 public:
  smtp_session(std::shared_ptr<smtp_agent_state> shared, std::shared_ptr<queue::work_source> work);

  rt::task<> run();

 private:
  using batch = std::vector<mail::message_ref>;

  rt::task<bool> make_plan();
  rt::task<site_plan> fresh_hosts();
  rt::task<bool> ensure_connected();
  void report_trouble(const candidate& to);
  rt::task<> report_no_connection();
  rt::task<bool> deliver_batch();
  /// True when the connection is good for more.
  rt::task<bool> deliver_one(const batch& taken, std::size_t index);
  rt::task<> settle(const mail::message_ref& m, smtp::send_result sent);
  rt::task<> settle_part(const mail::message_ref& m, smtp::send_result& so_far);
  bool may_try_next_host(const smtp::send_result& sent) const;
  void give_back(const batch& taken, std::size_t from);
  bool plan_reconnect();
  void adapt_batch(std::chrono::nanoseconds took);
  mail::response lost_response(const smtp::client_error& why) const;

  std::shared_ptr<smtp_agent_state> shared_;
  std::shared_ptr<queue::work_source> work_;
  connection_settings settings_;
  connection_plan plan_;
  std::size_t next_ = 0;  ///< candidate to try
  bool was_connected_ = false;
  std::vector<std::string> failures_;
  std::optional<failure_cause> common_cause_;  ///< what all failures so far share
  smtp_connection connection_;
  std::uint64_t delivered_ = 0;  ///< messages tried on this connection
  std::size_t batch_size_;
  std::string_view phase_ = "connect";  ///< for the watchdog
};

}  // namespace godwit::deliver
