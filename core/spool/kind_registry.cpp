#include "spool/kind_registry.hpp"

#include "spool/options.hpp"
#include "spool/record_store.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <mutex>
#include <set>

namespace godwit::spool {

namespace {

struct registry {
  std::mutex guard;
  std::vector<provided_kind_ref> kinds;
  std::function<bool(std::string_view)> load_module;

  auto find(std::string_view name) {
    return std::find_if(kinds.begin(), kinds.end(), [&](const auto& k) { return iequals(k->name, name); });
  }
};

registry& known() {
  static registry& all = *new registry();  // outlives static destruction
  return all;
}

/// What the documentation names and modules provide.
constexpr std::pair<std::string_view, std::string_view> documented[] = {{"memory", "memory_spool"}};

/// Empty: no documented module has it.
std::string_view documented_module_of(std::string_view kind) {
  for (const auto& [name, module] : documented) {
    if (iequals(name, kind)) return module;
  }
  return {};
}

}  // namespace

result<void> add_kind(provided_kind kind) {
  const bool is_built_in = iequals(kind.name, store_kind::rocks_db.name) || iequals(kind.name, store_kind::local_disk.name);
  if (is_built_in || kind.name.empty()) return fail("spool kind \"{}\": the name is the core's own", kind.name);
  const std::lock_guard lock(known().guard);
  if (const auto at = known().find(kind.name); at != known().kinds.end()) {
    return fail("spool kind \"{}\" is provided by the module {} already", kind.name, (*at)->owner);
  }
  known().kinds.push_back(std::make_shared<const provided_kind>(std::move(kind)));
  return {};
}

void withdraw_kinds(std::string_view owner) {
  const std::lock_guard lock(known().guard);
  std::erase_if(known().kinds, [&](const auto& k) { return k->owner == owner; });
}

std::string_view lasting_name(const std::string& kind) {
  static auto& names = *new std::set<std::string>();
  const std::lock_guard lock(known().guard);
  return *names.insert(kind).first;
}

provided_kind_ref find_kind(std::string_view name) {
  const std::lock_guard lock(known().guard);
  const auto at = known().find(name);
  return at == known().kinds.end() ? nullptr : *at;
}

void set_module_loader(std::function<bool(std::string_view)> loader) {
  const std::lock_guard lock(known().guard);
  known().load_module = std::move(loader);
}

provided_kind_ref demand_kind(std::string_view name) {
  if (auto there = find_kind(name)) return there;
  const auto module = documented_module_of(name);
  std::function<bool(std::string_view)> load;
  {
    const std::lock_guard lock(known().guard);  // not while it runs: the module registers its kind
    load = known().load_module;
  }
  return !module.empty() && load && load(module) ? find_kind(name) : nullptr;
}

std::vector<std::string> provided_kind_names() {
  const std::lock_guard lock(known().guard);
  std::vector<std::string> names;
  for (const auto& k : known().kinds) names.push_back(k->name);
  return names;
}

bool has_directory(const store_options& o) {
  if (!o.kind.is_provided()) return true;
  const auto kind = find_kind(o.kind.name);
  return !kind || !kind->is_volatile;
}

std::string why_no_kind(std::string_view name) {
  if (const auto module = documented_module_of(name); !module.empty()) {
    return fmt::format("kind \"{}\" is provided by the module {}: enable it with [modules.{}] enabled = true", name, module, module);
  }
  auto names = provided_kind_names();
  names.insert(names.begin(), {std::string(store_kind::rocks_db.name), std::string(store_kind::local_disk.name)});
  const auto near = nearest(name, names);
  if (!near.empty()) return fmt::format("unknown kind \"{}\", did you mean \"{}\"?", name, near);
  return fmt::format("unknown kind \"{}\", use \"{}\" or one that a module provides", name, fmt::join(names, "\", \""));
}

}  // namespace godwit::spool
