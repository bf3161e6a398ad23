#pragma once
// What the queue asks of the policy (Lua events over configured scopes). Answers are cached by the queue for their
// refresh interval; every call may suspend and runs on the caller's loop.

#include <optional>
#include <string>

#include "base/result.hpp"
#include "mail/message.hpp"
#include "mail/queue_name.hpp"
#include "mail/response.hpp"
#include "queue/egress_path.hpp"
#include "queue/egress_source.hpp"
#include "queue/queue_config.hpp"
#include "rt/task.hpp"

namespace godwit::queue {

class policy {
 public:
  virtual ~policy() = default;
  virtual rt::task<result<queue_config>> get_queue_config(const mail::queue_name& name) = 0;
  virtual rt::task<result<egress_pool_config>> get_egress_pool(const std::string& name) = 0;
  virtual rt::task<result<egress_source_config>> get_egress_source(const std::string& name) = 0;
  virtual rt::task<result<egress_path_config>> get_egress_path_config(const std::string& routing_domain,
                                                                      const std::string& source,
                                                                      const std::string& site) = 0;

  /// requeue_message: a response means kumo.reject: bounce with it.
  virtual bool has_requeue_message() const = 0;
  virtual rt::task<std::optional<mail::response>> requeue_message(mail::message_ref m, const mail::response& r,
                                                                  std::string_view insert_context,
                                                                  bool increment_attempts,
                                                                  std::optional<duration> delay) = 0;
  virtual bool has_throttle_insert() const = 0;
  virtual rt::task<> throttle_insert_ready_queue(mail::message_ref m) = 0;
  virtual bool has_rewrite_status() const = 0;
  /// smtp_client_rewrite_delivery_status: a new code, or nothing.
  virtual rt::task<std::optional<int>> rewrite_delivery_status(const mail::response& r,
                                                               const mail::queue_name& queue) = 0;
};

}  // namespace godwit::queue
