#include "module/module_host.hpp"

#include <algorithm>

#include "log/log.hpp"
#include "module/host_table.hpp"
#include "module/instance.hpp"
#include "module/lifecycle.hpp"
#include "module/record_dispatcher.hpp"

namespace godwit::module {

namespace {

constexpr const char* keeps_spool = "module '{}' keeps the server's spool: it stays as it is until the server stops";

/// What a module says of its settings may begin with the path of one: "domain.example.com.key: is required".
config::problem problem_of(const std::string& text) {
  const auto colon = text.find(": ");
  const bool has_path = colon != std::string::npos && text.find(' ') > colon;
  return has_path ? config::problem{text.substr(0, colon), text.substr(colon + 2)} : config::problem{"", text};
}

/// Settings that fit their table may not fit together: the module finds out as it is built from them.
void try_settings(godwit_instance& one, const value& normalised, config::problems& out) {
  if (const auto ok = configure(one, normalised); !ok)
    out.push_back(problem_of(one.failure.empty() ? ok.why().text : one.failure));
  tear_down(one);
}

}  // namespace

/// Only one change is under way at a time. However it ends, nobody waits for a successor afterwards.
class host::change {
 public:
  change(host& h, instance_ref former) : host_(h), former_(std::move(former)) { host_.changing_ = former_->id.name; }
  change(const change&) = delete;
  ~change() {
    host_.changing_.clear();
    const auto& heir = former_->heir;
    if (!heir || heir->is_decided()) return;
    withdraw_heritage(*former_);
    heir->fail();
  }

 private:
  host& host_;
  instance_ref former_;
};

host::host(services s) : shared_(std::make_shared<shared_state>(std::move(s))) {}

host::~host() {
  sweep();
  if (!modules_.empty())
    log::error("module", "the module host ends with {} modules loaded: stop() was not awaited",
               modules_.size());
}

host::place host::find(std::string_view name) const {
  return std::find_if(modules_.begin(), modules_.end(), [&](const auto& m) { return m->id.name == name; });
}

bool host::has(std::string_view name) const { return find(name) != modules_.end(); }

result<host::candidate> host::open(const std::string& name, const std::string& file, const object& settings) const {
  if (!changing_.empty()) return fail("module '{}' is being unloaded or reloaded: try again when that is done", changing_);
  auto opened = open_module(shared_, file, name);
  if (!opened) return opened.why();
  config::problems found;
  auto normalised = normalise_settings(**opened, settings, found);
  if (!found.empty()) return fail("modules.{}: {}", name, config::describe(found));
  return candidate{std::move(*opened), std::move(normalised)};
}

result<void> host::keep(candidate c, result<void> (*bring)(godwit_instance&, const value&)) {
  auto& one = *c.one;
  if (auto ok = bring(one, c.settings); !ok) {
    end(c.one);
    return ok;
  }
  log::info("module", "loaded {} {} from {}", one.id.name, one.id.version, one.code->file());
  modules_.push_back(std::move(c.one));
  return {};
}

result<void> host::load(const std::string& name, const std::string& file, const object& settings) {
  if (has(name)) return fail("module '{}' is loaded already", name);
  auto opened = open(name, file, settings);
  return opened ? keep(std::move(*opened), bring_up) : opened.why();
}

result<void> host::load_online(const std::string& name, const std::string& file, const object& settings) {
  if (has(name)) return fail("module '{}' is loaded already", name);
  auto opened = open(name, file, settings);
  return opened ? keep(std::move(*opened), bring_online) : opened.why();
}

result<void> host::check_settings(const std::string& name, const std::string& file, const object& settings,
                                  config::problems& out) const {
  // A running module is asked itself.
  if (const auto running = find(name); running != modules_.end()) {
    normalise_settings(**running, settings, out);
    return {};
  }
  const auto opened = open_module(shared_, file, name);
  if (!opened) return opened.why();
  const auto before = out.size();
  const auto normalised = normalise_settings(**opened, settings, out);
  if (out.size() == before) try_settings(**opened, normalised, out);
  return {};
}

result<void> host::start() {
  for (const auto& one : modules_) {
    if (one->phase != phase::initialised) continue;
    if (auto ok = start_up(*one); !ok) return ok.why();
  }
  return {};
}

rt::task<bool> host::retire(instance_ref one, std::chrono::nanoseconds limit) {
  bool is_drained = false;
  try {
    is_drained = co_await drain(one, limit);
  } catch (const std::exception& e) {  // stopped all the same: nothing may be left half way
    log::error("module", "{}: the wait for its open calls was broken off: {}", one->id.name, e.what());
  }
  sweep();
  end(one);
  log::info("module", "unloaded {}", one->id.name);
  co_return is_drained;
}

void host::end(const instance_ref& one) {
  if (!tear_down(*one)) undrained_.push_back(one);
}

void host::sweep() {
  std::erase_if(undrained_, [](const instance_ref& one) {
    if (one->open() > 0) return false;
    destroy(*one);
    return true;
  });
}

rt::task<> host::stop(std::chrono::nanoseconds limit) {
  const auto until = rt::steady_clock::now() + limit;
  while (!changing_.empty() && rt::steady_clock::now() < until) co_await rt::sleep_for(std::chrono::milliseconds(2));
  std::vector<instance_ref> staying;
  while (!modules_.empty()) {
    const auto one = modules_.back();
    modules_.pop_back();
    if (one->open_stores > 0) {
      staying.insert(staying.begin(), one);
      continue;
    }
    co_await retire(one, limit);
  }
  modules_ = std::move(staying);
}

rt::task<result<void>> host::unload(std::string name, std::chrono::nanoseconds limit) {
  const auto at = find(name);
  if (at == modules_.end()) co_return fail("module '{}' is not loaded", name);
  if (!changing_.empty()) co_return fail("module '{}' is being unloaded or reloaded: try again when that is done", changing_);
  const auto one = *at;
  if (one->open_stores > 0) co_return fail(keeps_spool, name);
  modules_.erase(at);
  const change now(*this, one);
  const bool is_drained = co_await retire(one, limit);
  if (!is_drained)
    co_return fail("module '{}' had calls open after its time was over; it was stopped all the same", name);
  co_return result<void>();
}

/// Where the successor of `former` could not be brought up. The error says what has become of the module.
error host::restore(const instance_ref& former, bool is_drained, const error& why) {
  if (is_drained) {
    candidate again{revive(*former), former->settings};
    again.one->inherits = former->heir;
    const auto back = keep(std::move(again), bring_online);
    if (back) return fail("{}; the module works with its former file and settings", why.text);
    log::error("module", "{}", back.why().text);
  }
  return fail("{}; the former instance is gone, the module is not loaded any more", why.text);
}

rt::task<host::reloaded> host::reload(std::string name, std::string file, object settings, std::chrono::nanoseconds limit) {
  const auto at = find(name);
  if (at == modules_.end()) co_return reloaded{fail("module '{}' is not loaded", name)};
  const auto one = *at;
  if (one->open_stores > 0) co_return reloaded{fail(keeps_spool, name)};
  auto opened = open(name, file, settings);
  if (!opened) co_return reloaded{opened.why()};
  modules_.erase(at);
  one->heir = opened->one->inherits = std::make_shared<succession>(name);
  const change now(*this, one);
  const bool is_drained = co_await retire(one, limit);
  const auto kept = keep(std::move(*opened), bring_online);
  if (!kept) co_return reloaded{restore(one, is_drained, kept.why()), true};
  if (!is_drained)
    co_return reloaded{fail("module '{}' is exchanged, the new instance serves; calls and jobs that the former one still had open after {}, "
                            "which go on in it: {}", name, format_duration(limit), one->open()), true};
  co_return reloaded{kept, true};
}

std::vector<module_info> host::list() const {
  std::vector<module_info> all;
  for (const auto& m : modules_) {
    all.push_back({m->id.name, m->id.version, m->id.summary, m->code->file(),
                   fmt::format("{}.{}", m->id.abi_major, m->id.abi_minor), std::string(phase_name(m->phase)),
                   m->open()});
  }
  return all;
}

std::optional<std::string> host::refusal() const { return shared_->health.refusal(); }

}  // namespace godwit::module
