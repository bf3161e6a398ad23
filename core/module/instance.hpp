#pragma once
// One loaded module and everything it obtained through the host. godwit_instance is the handle modules hold.

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <godwit/abi.h>

#include "http/router.hpp"
#include "log/tap.hpp"
#include "lua/registry.hpp"
#include "metrics/registry.hpp"
#include "module/handshake.hpp"
#include "module/health.hpp"
#include "module/library.hpp"
#include "module/option_schema.hpp"
#include "module/record_dispatcher.hpp"
#include "module/services.hpp"
#include "module/succession.hpp"
#include "module/timer.hpp"
#include "queue/protocol_registry.hpp"
#include "rt/gate.hpp"

namespace godwit::module {

enum class phase { loaded, configured, initialised, started, draining, stopped, destroyed };
std::string_view phase_name(phase p);

/// What the host keeps for all instances of its lifetime.
struct shared_state {
  explicit shared_state(module::services s) : services(std::move(s)) {}

  module::services services;
  module::health health;
  /// Tags of object types by name: a VM may look at one long after its module was unloaded.
  std::mutex tags_mutex;
  std::map<std::string, std::unique_ptr<lua::type_tag>, std::less<>> tags;

  /// The core's type of that name, else this host's; made when unknown.
  const lua::type_tag& tag(std::string_view name);
};

}  // namespace godwit::module

/// Held by the host, by every registered handler and by every open call. Calls come on any loop; life-cycle
/// changes come from one thread at a time.
struct godwit_instance : std::enable_shared_from_this<godwit_instance> {
  godwit_instance(std::shared_ptr<godwit::module::shared_state> host, godwit::module::identity id);
  ~godwit_instance();

  std::shared_ptr<godwit::module::shared_state> host;
  godwit::module::identity id;
  std::shared_ptr<godwit::module::library> code;
  godwit_module_descriptor functions{};
  void* state = nullptr;
  godwit::value settings;  ///< normalised, as it was configured with
  std::atomic<godwit::module::phase> phase{godwit::module::phase::loaded};
  std::string failure;  ///< text of the last instance_fail

  /// Counts one use by a call, job or look-up. False once draining: the use must not begin.
  bool enter();
  /// The same for a job or task: while draining what is still open may need one to come to its end.
  bool enter_as_part();
  void leave() { open_.fetch_sub(1, std::memory_order_release); }
  std::size_t open() const { return open_.load(std::memory_order_acquire); }

  // Declared by init, published together: after it when the server starts, after start when it runs already.
  godwit::lua::module& script_module(std::string_view name);
  std::map<std::string, godwit::lua::module, std::less<>> declared;
  struct object_kind {
    const godwit::lua::type_tag* tag;
    void (*destroy)(void*);
    bool is_declared = false;  ///< already in one of `declared`
  };
  std::map<std::string, object_kind, std::less<>> object_kinds;

  std::vector<godwit::hook::named_registration> hooks;
  std::vector<godwit::module::record_dispatcher::entry> sinks;
  godwit::module::script_bodies bodies;  ///< of the functions in `declared`
  std::vector<godwit::http::route> routes;
  std::vector<godwit::queue::protocol_kind> protocols;
  std::atomic<bool> is_published{false};

  // Reloading: whom what comes meanwhile is left to, and whose estate this instance takes over.
  std::shared_ptr<godwit::module::succession> heir;
  std::shared_ptr<godwit::module::succession> inherits;

  std::shared_ptr<const godwit::module::option_schema> schema(const godwit_option_table* table);

  /// The gate of the current loop, or of the first one outside of any; used on that loop only.
  godwit::rt::gate& gate_here();
  godwit::rt::gate& gate_at(std::size_t loop) { return *gates_[loop]; }
  std::size_t gate_count() const { return gates_.size(); }

  /// Scripts in progress that have its objects and go on in it while it drains (script_request.hpp); each is a use as well.
  std::atomic<std::size_t> requests{0};

  /// Spools that the module keeps open: it cannot go before they are closed.
  std::atomic<std::size_t> open_stores{0};

  const std::shared_ptr<godwit::module::timer_set> timers = std::make_shared<godwit::module::timer_set>();

  std::vector<std::shared_ptr<godwit::log::tap>> taps;  ///< its readers of the diagnostics

  std::mutex metrics_mutex;
  std::vector<std::shared_ptr<void>> metrics;
  std::vector<std::pair<std::string, godwit::metrics::labels>> series;

 private:
  std::atomic<std::size_t> open_{0};
  std::vector<std::unique_ptr<godwit::rt::gate>> gates_;
  std::mutex schemas_mutex_;
  std::map<const godwit_option_table*, std::shared_ptr<const godwit::module::option_schema>> schemas_;
};

namespace godwit::module {

/// One use of an instance; false when it is draining.
class usage {
 public:
  explicit usage(std::shared_ptr<godwit_instance> i) : instance_(i && i->enter() ? std::move(i) : nullptr) {}
  static usage as_part(std::shared_ptr<godwit_instance> i) {
    usage u(nullptr);
    if (i->enter_as_part()) u.instance_ = std::move(i);
    return u;
  }
  usage(usage&&) = default;
  usage& operator=(usage&&) = default;
  ~usage() {
    if (instance_) instance_->leave();
  }
  explicit operator bool() const { return instance_ != nullptr; }

 private:
  std::shared_ptr<godwit_instance> instance_;
};

}  // namespace godwit::module
