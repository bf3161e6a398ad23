#include "queue/protocol_registry.hpp"

#include <algorithm>
#include <map>
#include <mutex>

#include "queue/delivery_agent.hpp"

namespace godwit::queue {

namespace {

struct registry {
  std::mutex guard;
  std::map<std::string, protocol_ref, std::less<>> kinds;
};

registry& known() {
  static registry& all = *new registry();  // outlives static destruction
  return all;
}

bool has_key(const protocol_kind& k, std::string_view key) {
  return k.name == key || std::find(k.inline_keys.begin(), k.inline_keys.end(), key) != k.inline_keys.end();
}

result<void> check_names(const protocol_kind& kind) {
  auto names = kind.inline_keys;
  names.push_back(kind.name);
  for (const auto& name : names) {
    const bool is_core = name == "smtp" || name == "custom_lua";
    if (is_core) return fail("protocol {}: \"{}\" is the core's own", kind.name, name);
    for (const auto& [unused, other] : known().kinds) {
      if (other->owner != kind.owner && has_key(*other, name)) {
        return fail("protocol {}: \"{}\" is provided by the module {} already", kind.name, name, other->owner);
      }
    }
  }
  return {};
}

void make_idle(std::string_view owner) {
  for (auto& [unused, kind] : known().kinds) {
    if (kind->owner != owner) continue;
    auto idle = *kind;
    idle.agent.reset();
    kind = std::make_shared<const protocol_kind>(std::move(idle));
  }
}

/// What KumoMTA documents and modules provide.
constexpr std::pair<std::string_view, std::string_view> documented[] = {
    {"maildir", "maildir"}, {"maildir_path", "maildir"}, {"dir_mode", "maildir"}, {"file_mode", "maildir"}};

}  // namespace

result<void> replace_protocols(std::string_view owner, std::vector<protocol_kind> fresh, const std::function<result<void>()>& also) {
  const std::lock_guard lock(known().guard);
  for (const auto& kind : fresh)
    if (auto ok = check_names(kind); !ok) return ok;
  if (auto ok = also ? also() : result<void>(); !ok) return ok;
  make_idle(owner);
  for (auto& kind : fresh) {
    auto key = kind.name;
    known().kinds[key] = std::make_shared<const protocol_kind>(std::move(kind));
  }
  return {};
}

void withdraw_protocols(std::string_view owner) {
  const std::lock_guard lock(known().guard);
  make_idle(owner);
}

protocol_ref find_protocol(std::string_view name) {
  const std::lock_guard lock(known().guard);
  const auto at = known().kinds.find(name);
  return at == known().kinds.end() ? nullptr : at->second;
}

protocol_ref find_protocol_with(std::string_view inline_key) {
  const std::lock_guard lock(known().guard);
  for (const auto& [unused, kind] : known().kinds) {
    if (kind->name != inline_key && has_key(*kind, inline_key)) return kind;
  }
  return nullptr;
}

std::vector<std::string> protocol_keys() {
  const std::lock_guard lock(known().guard);
  std::vector<std::string> all;
  for (const auto& [name, kind] : known().kinds) {
    all.push_back(name);
    all.insert(all.end(), kind->inline_keys.begin(), kind->inline_keys.end());
  }
  return all;
}

std::string why_no_agent(std::string_view protocol) {
  const auto kind = find_protocol(protocol);
  const auto owner = kind ? kind->owner : std::string(provider_of_protocol(protocol));
  if (owner.empty()) return fmt::format("no delivery agent for protocol {}: enable the module that provides it", protocol);
  return fmt::format("no delivery agent for protocol {}: the module {} is not loaded, enable it with [modules.{}] enabled = true",
                     protocol, owner, owner);
}

std::string_view provider_of_protocol(std::string_view key) {
  for (const auto& [name, module] : documented) {
    if (name == key) return module;
  }
  return {};
}

}  // namespace godwit::queue
