#include "lua/engine.hpp"

#include <lua.hpp>

#include "base/internal_error.hpp"
#include "lua/chunk_cache.hpp"
#include "rt/loop.hpp"

namespace godwit::lua {

using steady = std::chrono::steady_clock;

struct engine::pooled {
  pooled(vm_parts parts, std::shared_ptr<const generation> g, std::shared_ptr<metrics::gauge> live)
      : from(std::move(g)), machine(std::move(parts)), live_metric(std::move(live)) {
    live_metric->add(1);
  }
  ~pooled() { live_metric->add(-1); }

  std::shared_ptr<const generation> from;
  vm machine;
  std::shared_ptr<metrics::gauge> live_metric;
  steady::time_point made = steady::now();
  std::size_t uses = 0;
};

/// Idle VMs of one loop, touched on that loop only.
struct engine::pool {
  std::vector<std::unique_ptr<pooled>> idle;
};

namespace {

void append_directory(std::string& path, const std::string& dir) {
  path += fmt::format("{}{}/?.lua;{}/?/init.lua", path.empty() ? "" : ";", dir, dir);
}

std::string package_path_of(const engine_options& o) {
  std::string path;
  for (const auto& dir : o.library_dirs) append_directory(path, dir);
  if (const auto slash = o.policy_file.rfind('/'); slash != std::string::npos) {
    append_directory(path, o.policy_file.substr(0, slash));
  } else if (!o.policy_file.empty()) {
    append_directory(path, ".");
  }
  return path;
}

}  // namespace

engine::engine(registry& declarations, engine_options options)
    : max_spare(options.pool.max_spare),
      max_uses(options.pool.max_uses),
      max_age_seconds(std::chrono::duration_cast<std::chrono::seconds>(options.pool.max_age).count()),
      declarations_(declarations),
      options_(std::move(options)),
      package_path_(package_path_of(options_)),
      current_(std::make_shared<generation>(generation{0, std::make_shared<chunk_cache>()})),
      live_metric_(metrics::get_gauge("lua_count", "the number of lua contexts currently alive")),
      spare_metric_(metrics::get_gauge("lua_spare_count",
                                       "the number of lua contexts available for reuse in the pool")),
      load_metric_(
          metrics::get_counter("lua_load_count", "how many times the policy script has been loaded")) {
  in_force_ = current_.get();
  for (std::size_t i = 0; i < options_.loops; ++i) pools_.push_back(std::make_unique<pool>());
}

engine::~engine() = default;

engine::pool& engine::local_pool() {
  const auto* loop = rt::loop::current();
  if (!loop || loop->index() >= pools_.size()) on_internal_error("a Lua VM was asked for outside the loops");
  return *pools_[loop->index()];
}

std::shared_ptr<const generation> engine::current() const {
  const std::scoped_lock lock(mutex_);
  return current_;
}

std::vector<event_id> engine::handled_events() const {
  const std::scoped_lock lock(mutex_);
  return handled_;
}

std::size_t engine::spare_count() const { return spare_.load(std::memory_order_relaxed); }

rt::task<result<std::unique_ptr<engine::pooled>>> engine::make(std::shared_ptr<const generation> from) {
  vm_parts parts{declarations_, events_, from->chunks, options_.limits, package_path_, this};
  auto fresh = std::make_unique<pooled>(std::move(parts), std::move(from), live_metric_);
  load_metric_->add();
  vm& v = fresh->machine;
  if (options_.is_validating) {
    lua_pushboolean(v.main(), 1);
    lua_setglobal(v.main(), "_VALIDATING_CONFIG");
  }
  if (options_.policy_file.empty() && !options_.policy_text) co_return std::move(fresh);
  call loading(v, "");
  if (auto ok = v.chunks().load(loading.state(), options_.policy_file); !ok) co_return ok.why();
  auto done = loading.start(0);
  if (!done) done = co_await loading.finish();
  if (done->how == outcome::ending::returned) co_return std::move(fresh);
  co_return error{done->refusal ? done->refusal->line : done->text};
}

rt::task<result<void>> engine::load() {
  auto fresh = std::make_shared<generation>(generation{epoch(), std::make_shared<chunk_cache>()});
  if (options_.policy_text) {
    if (auto ok = fresh->chunks->add(options_.policy_file, *options_.policy_text); !ok) co_return ok.why();
  }
  pool& here = local_pool();
  auto made = co_await make(fresh);
  if (!made) co_return made.why();
  {
    const std::scoped_lock lock(mutex_);
    current_ = fresh;
    in_force_.store(fresh.get(), std::memory_order_release);
    handled_ = (*made)->machine.handled_events();
  }
  give_back(here, std::move(*made));
  co_return result<void>{};
}

bool engine::is_fresh(const pooled& p) const {
  if (p.uses >= max_uses || steady::now() - p.made >= std::chrono::seconds(max_age_seconds)) return false;
  return p.from.get() == in_force_.load(std::memory_order_acquire);
}

std::optional<lease> engine::try_acquire() {
  pool& here = local_pool();
  while (!here.idle.empty()) {
    auto p = std::move(here.idle.back());
    here.idle.pop_back();
    spare_.fetch_sub(1, std::memory_order_relaxed);
    spare_metric_->add(-1);
    if (is_fresh(*p)) return std::optional<lease>(std::in_place, *this, here, std::move(p));
  }
  return std::nullopt;
}

rt::task<result<lease>> engine::acquire() {
  if (auto idle = try_acquire()) co_return std::move(*idle);
  pool& here = local_pool();
  auto made = co_await make(current());
  if (!made) co_return made.why();
  co_return lease(*this, here, std::move(*made));
}

void engine::give_back(pool& owner, std::unique_ptr<pooled> p) {
  ++p->uses;
  if (p->machine.is_spoiled() || !is_fresh(*p) || spare_ >= max_spare) return;
  owner.idle.push_back(std::move(p));
  spare_.fetch_add(1, std::memory_order_relaxed);
  spare_metric_->add(1);
}

void engine::sweep() {
  pool& here = local_pool();
  const auto stale = std::erase_if(here.idle, [this](const auto& p) { return !is_fresh(*p); });
  spare_.fetch_sub(stale, std::memory_order_relaxed);
  spare_metric_->add(-static_cast<std::int64_t>(stale));
}

lease::lease(engine& from, engine::pool& owner, std::unique_ptr<engine::pooled> p)
    : from_(&from), owner_(&owner), held_(std::move(p)) {}
lease::lease(lease&& other) noexcept = default;

lease::~lease() {
  if (held_) from_->give_back(*owner_, std::move(held_));
}

vm& lease::operator*() const { return held_->machine; }

}  // namespace godwit::lua
