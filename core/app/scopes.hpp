#pragma once
// Queue and egress settings from TOML scopes, each falling back to its wider scope:
//   [queue.default] < [queue."DOMAIN"] < [queue."TENANT@DOMAIN"] < [queue."CAMPAIGN:TENANT@DOMAIN"]
//   [egress.path.default] < ["SITE"] < ["DOMAIN"] < ["SOURCE->default"] < ["SOURCE->SITE"] < ["SOURCE->DOMAIN"]
// Paths in the order of KumoMTA's shaping.
// A queue::policy without events: what a daemon without a Lua policy uses, and what a policy falls back to.

#include <map>
#include <string>

#include "config/problem.hpp"
#include "queue/policy.hpp"

namespace godwit::app {

/// Immutable after load; read on every loop.
class scopes final : public queue::policy {
 public:
  /// `queue`, `egress` are the tables of that name; every scope is checked, problems carry "queue.NAME.key" paths.
  static scopes load(const value* queue, const value* egress, config::problems& problems);

  /// Pools and sources that are named and not declared. Where a policy may supply them this is no mistake.
  void check_references(config::problems& problems) const;

  /// "queue" and "egress": every scope, source and pool that was declared, not merged.
  object sections() const;

  rt::task<result<queue::queue_config>> get_queue_config(const mail::queue_name& name) override;
  rt::task<result<queue::egress_pool_config>> get_egress_pool(const std::string& name) override;
  rt::task<result<queue::egress_source_config>> get_egress_source(const std::string& name) override;
  rt::task<result<queue::egress_path_config>> get_egress_path_config(const std::string& routing_domain,
                                                                     const std::string& source,
                                                                     const std::string& site) override;

  bool has_requeue_message() const override { return false; }
  rt::task<std::optional<mail::response>> requeue_message(mail::message_ref, const mail::response&, std::string_view,
                                                          bool, std::optional<duration>) override {
    co_return std::nullopt;
  }
  bool has_throttle_insert() const override { return false; }
  rt::task<> throttle_insert_ready_queue(mail::message_ref) override { co_return; }
  bool has_rewrite_status() const override { return false; }
  rt::task<std::optional<int>> rewrite_delivery_status(const mail::response&, const mail::queue_name&) override {
    co_return std::nullopt;
  }

 private:
  std::map<std::string, value, std::less<>> queues_;
  std::map<std::string, value, std::less<>> paths_;
  std::map<std::string, queue::egress_source_config, std::less<>> sources_;
  std::map<std::string, queue::egress_pool_config, std::less<>> pools_;
};

}  // namespace godwit::app
