#include "module/instance.hpp"

#include "rt/loop.hpp"

namespace godwit::module {

std::string_view phase_name(phase p) {
  static constexpr std::string_view names[] = {"loaded",   "configured", "initialised", "started",
                                               "draining", "stopped",    "destroyed"};
  return names[static_cast<std::size_t>(p)];
}

const lua::type_tag& shared_state::tag(std::string_view name) {
  if (const auto* known = services.scripts.find_type(name)) return *known;
  const std::lock_guard lock(tags_mutex);
  auto at = tags.find(name);
  if (at == tags.end())
    at = tags.emplace(std::string(name), std::make_unique<lua::type_tag>(lua::type_tag{std::string(name)}))
             .first;
  return *at->second;
}

}  // namespace godwit::module

using namespace godwit;

godwit_instance::godwit_instance(std::shared_ptr<module::shared_state> h, module::identity i)
    : host(std::move(h)), id(std::move(i)) {
  auto& loops = host->services.loops;
  for (std::size_t n = 0; n < loops.size(); ++n)
    gates_.push_back(std::make_unique<rt::gate>(loops.at(n), "module " + id.name));
}

godwit_instance::~godwit_instance() = default;

bool godwit_instance::enter() {
  // Count first, look second: drain sets the phase first and counts second, so that one of us sees the other.
  open_.fetch_add(1, std::memory_order_seq_cst);
  if (phase.load(std::memory_order_seq_cst) < module::phase::draining) return true;
  leave();
  return false;
}

bool godwit_instance::enter_as_part() {
  for (auto n = open(); n > 0 && phase.load(std::memory_order_seq_cst) < module::phase::stopped;)
    if (open_.compare_exchange_weak(n, n + 1, std::memory_order_seq_cst)) return true;
  return enter();
}

lua::module& godwit_instance::script_module(std::string_view name) {
  auto at = declared.find(name);
  if (at == declared.end()) at = declared.try_emplace(std::string(name), std::string(name), id.summary).first;
  return at->second;
}

std::shared_ptr<const module::option_schema> godwit_instance::schema(const godwit_option_table* table) {
  const std::lock_guard lock(schemas_mutex_);
  auto& known = schemas_[table];
  if (!known) known = module::schema_of(*table);
  return known;
}

rt::gate& godwit_instance::gate_here() {
  const auto* current = rt::loop::current();
  return *gates_[current != nullptr && current->index() < gates_.size() ? current->index() : 0];
}
