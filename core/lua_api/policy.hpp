#pragma once
// The Lua policy as the rest of the program sees it: handlers in the hook table, answers for the queue, the
// custom_lua delivery agent, the start-up events.
//
// Order in the app: construct (declares the core's functions), load the modules, load() on a loop, start_up()
// with a sink, attach() when spool and queues exist, maintain() on every loop.

#include <map>
#include <memory>
#include <string>

#include "hook/table.hpp"
#include "lua/engine.hpp"
#include "lua_api/config_monitor.hpp"
#include "lua_api/dispatch.hpp"
#include "lua_api/memo_store.hpp"
#include "lua_api/services.hpp"
#include "lua_api/startup.hpp"
#include "queue/delivery_agent.hpp"
#include "queue/policy.hpp"
#include "rt/blocking_pool.hpp"

namespace godwit::lua_api {

struct policy_parts {
  hook::table& hooks;
  lua::registry& scripts;
  dns::resolver& names;
  std::string version;
  lua::engine_options engine;
  /// Answers what no handler answers (TOML scopes); null: built-in defaults.
  std::shared_ptr<queue::policy> fallback;
};

/// One for the daemon; used on every loop. Outlives loops, hooks and queues.
class policy final : public queue::policy {
 public:
  explicit policy(policy_parts parts);
  ~policy() override;

  /// Runs the policy file and registers its handlers as owner "lua". The error names file and line.
  rt::task<result<void>> load();
  /// Fires pre_init and init (when validating: validate_config as well). `sink` must live until it resumes.
  rt::task<result<void>> start_up(startup_sink& sink);
  void attach(spool::spool& store, queue::manager& queues);

  /// Rises the epoch and loads the policy text again; when that fails the error is logged and the old text
  /// stays.
  rt::task<result<void>> reload();
  std::uint64_t epoch() const { return engine_.epoch(); }
  /// Sweeps stale VMs of the calling loop each 30 s until cancelled; on loop 0 it also looks each 10 s
  /// whether the configuration files changed and then reloads.
  rt::task<> maintain();

  /// For queue::manager::set_agent("custom_lua", …).
  std::shared_ptr<queue::delivery_agent> custom_lua_agent();
  lua::engine& engine() { return engine_; }
  lua_api::services& services() { return services_; }

  rt::task<result<queue::queue_config>> get_queue_config(const mail::queue_name& name) override;
  rt::task<result<queue::egress_pool_config>> get_egress_pool(const std::string& name) override;
  rt::task<result<queue::egress_source_config>> get_egress_source(const std::string& name) override;
  rt::task<result<queue::egress_path_config>> get_egress_path_config(const std::string& routing_domain,
                                                                     const std::string& source,
                                                                     const std::string& site) override;
  bool has_requeue_message() const override { return requeue_message_.is_handled(); }
  rt::task<std::optional<mail::response>> requeue_message(mail::message_ref m, const mail::response& r,
                                                          std::string_view insert_context,
                                                          bool increment_attempts,
                                                          std::optional<duration> delay) override;
  bool has_throttle_insert() const override { return throttle_insert_.is_handled(); }
  rt::task<> throttle_insert_ready_queue(mail::message_ref m) override;
  bool has_rewrite_status() const override { return rewrite_status_.is_handled(); }
  rt::task<std::optional<int>> rewrite_delivery_status(const mail::response& r,
                                                       const mail::queue_name& queue) override;

 private:
  void update_handlers();
  void hook_up(const std::string& event_name);
  rt::task<result<void>> fire_plain(event& e);
  rt::task<> check_files();

  policy_parts parts_;
  lua_api::services services_;
  memo_store memos_;
  config_monitor monitor_;
  std::optional<std::uint64_t> fingerprint_;  ///< used on loop 0
  rt::blocking_pool files_{"policy", 1};
  lua::engine engine_;
  event pre_init_, init_, validate_config_;
  event queue_config_, egress_pool_, egress_source_, egress_path_;
  event requeue_message_, throttle_insert_, rewrite_status_;
  std::mutex hooked_mutex_;
  std::map<std::string, std::shared_ptr<hook::handler>> hooked_;  ///< by event: in the hook table
};

}  // namespace godwit::lua_api
