#pragma once
// Events as small numbers, so that a dispatch needs no look-up by name.

#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace godwit::lua {

using event_id = std::uint32_t;

/// Thread-safe; ids and names stay valid.
class event_names {
 public:
  event_id intern(std::string_view name);
  const std::string& name(event_id id) const;
  /// Several handlers may be registered: the first that returns a value ends the chain (KumoMTA: Lua environment).
  void set_multiple(std::string_view name);
  bool is_multiple(event_id id) const;

 private:
  struct entry {
    std::string name;
    bool is_multiple = false;
  };
  mutable std::mutex mutex_;
  std::map<std::string, event_id, std::less<>> ids_;
  std::deque<entry> entries_;
};

}  // namespace godwit::lua
