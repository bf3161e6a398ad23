#pragma once
// How many messages and bodies are in memory: the gauges message_meta_resident_count and message_data_resident_count. Any
// thread.

namespace godwit::mail {

enum class resident { message, body };

void count_resident(resident what, int by);

/// A member that counts the object it is part of, for as long as that lives.
template <resident What>
class residence {
 public:
  residence() { count_resident(What, 1); }
  residence(const residence&) : residence() {}
  residence& operator=(const residence&) = default;
  ~residence() { count_resident(What, -1); }
};

}  // namespace godwit::mail
