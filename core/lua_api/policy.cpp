#include "lua_api/policy.hpp"

#include "hook/catalogue.hpp"
#include "log/log.hpp"
#include "lua_api/custom_lua.hpp"
#include "lua_api/declarations.hpp"
#include "lua_api/event_handler.hpp"
#include "rt/loop.hpp"

namespace godwit::lua_api {

namespace {

/// Take several handlers (KumoMTA: Lua environment), and nothing fires them here yet.
constexpr const char* unfired_multiple_events[] = {"should_enqueue_log_record"};

}  // namespace

policy::policy(policy_parts parts)
    : parts_(std::move(parts)),
      monitor_(parts_.engine.policy_text ? "" : parts_.engine.policy_file),
      engine_(parts_.scripts, parts_.engine),
      pre_init_(engine_, "pre_init"),
      init_(engine_, "init"),
      validate_config_(engine_, "validate_config"),
      queue_config_(engine_, "get_queue_config"),
      egress_pool_(engine_, "get_egress_pool"),
      egress_source_(engine_, "get_egress_source"),
      egress_path_(engine_, "get_egress_path_config"),
      requeue_message_(engine_, "requeue_message"),
      throttle_insert_(engine_, "throttle_insert_ready_queue"),
      rewrite_status_(engine_, "smtp_client_rewrite_delivery_status", event::results_as::data) {
  for (const char* name : unfired_multiple_events) engine_.events().set_multiple(name);
  for (const auto& documented : hook::catalogue()) {
    if (documented.is_multiple) engine_.events().set_multiple(documented.name);
  }
  services_.engine = &engine_;
  services_.names = &parts_.names;
  services_.memos = &memos_;
  services_.monitor = &monitor_;
  services_.queue_events = this;
  services_.version = parts_.version;
  services_.reload = [this] { return reload(); };
  if (auto ok = declare_all(parts_.scripts, services_); !ok) throw std::runtime_error(ok.why().text);
}

policy::~policy() {
  parts_.hooks.remove_owner("lua");
  parts_.scripts.remove_owner("core");
}

rt::task<result<void>> policy::load() {
  auto loaded = co_await engine_.load();
  if (loaded) update_handlers();
  co_return loaded;
}

// A handler stays in the hook table when a later text has none for its event: it then finds nothing to call.
void policy::update_handlers() {
  const std::scoped_lock lock(hooked_mutex_);
  std::map<std::string, event*, std::less<>> own;
  for (auto* e : {&pre_init_, &init_, &validate_config_, &queue_config_, &egress_pool_, &egress_source_,
                  &egress_path_, &requeue_message_, &throttle_insert_, &rewrite_status_}) {
    own.emplace(e->name(), e);
  }
  for (const auto id : engine_.handled_events()) {
    const auto& name = engine_.events().name(id);
    if (const auto at = own.find(name); at != own.end()) {
      at->second->set_handled(true);
      own.erase(at);
    } else {
      hook_up(name);
    }
  }
  for (const auto& [unused, e] : own) e->set_handled(false);
}

void policy::hook_up(const std::string& event_name) {
  auto& handler = hooked_[event_name];
  if (handler) return;
  if (hook::is_never_fired(event_name)) {
    log::warn("lua", "the policy handles the event \"{}\", which this server does not have yet: the handler never runs", event_name);
  } else if (const auto meant = hook::event_meant_by(event_name); !meant.empty()) {
    log::warn("lua", "the policy handles the event \"{}\", which is none of the documented ones: did you mean \"{}\"?",
              event_name, meant);
  }
  handler = std::make_shared<event_handler>(engine_, event_name);
  hook::registration r;
  r.owner = "lua";
  r.handler = handler;
  parts_.hooks.add(event_name, std::move(r));
}

rt::task<result<void>> policy::reload() {
  engine_.bump_epoch();
  auto loaded = co_await load();
  if (!loaded)
    log::error("lua", "the policy was not loaded again, the former text stays in force: {}",
               loaded.why().text);
  co_return loaded;
}

rt::task<result<void>> policy::fire_plain(event& e) {
  if (!e.is_handled()) co_return result<void>{};
  std::string failure;
  try {
    auto answer = co_await e.fire([](lua::call&) { return 0; });
    if (answer.refusal) failure = answer.refusal->line;
  } catch (const script_failed& why) {
    failure = why.what();
  }
  if (!failure.empty()) co_return fail("{}: {}", e.name(), failure);
  co_return result<void>{};
}

rt::task<result<void>> policy::start_up(startup_sink& sink) {
  services_.startup = &sink;
  result<void> ok;
  for (auto* e : {&pre_init_, &init_}) {
    ok = co_await fire_plain(*e);
    if (!ok) break;
  }
  if (ok && parts_.engine.is_validating) ok = co_await fire_plain(validate_config_);
  services_.startup = nullptr;
  if (ok && services_.validation_failed) co_return error{"the policy reported that its validation failed"};
  co_return ok;
}

void policy::attach(spool::spool& store, queue::manager& queues) {
  services_.store = &store;
  services_.queues = &queues;
}

rt::task<> policy::check_files() {
  const auto now = co_await files_.run([this] { return monitor_.fingerprint(); });
  const auto before = std::exchange(fingerprint_, now);
  if (!before || *before == now) co_return;
  log::info("lua", "configuration files changed, loading the policy again");
  co_await reload();
}

rt::task<> policy::maintain() {
  const bool watches = rt::loop::current()->index() == 0;
  for (unsigned tick = 0;; ++tick) {
    if (watches) co_await check_files();
    if (tick % 3 == 2) engine_.sweep();
    co_await rt::sleep_for(std::chrono::seconds(10));
  }
}

std::shared_ptr<queue::delivery_agent> policy::custom_lua_agent() {
  return std::make_shared<custom_lua>(engine_);
}

}  // namespace godwit::lua_api
