#include "queue/memory_relief.hpp"

#include "queue/retry_policy.hpp"

namespace godwit::queue {

memory_policy policy_at(memory_level level, const egress_path_config& path) {
  switch (level) {
    case memory_level::enough: break;
    case memory_level::low: return path.low_memory_reduction_policy;
    case memory_level::none: return path.no_memory_reduction_policy;
  }
  return memory_policy::no_shrink;
}

bool is_saved(const queue_entry& e) {
  return !e.hot || (e.hot->is_spooled && !e.hot->meta_dirty && !e.hot->data_dirty);
}

void release_memory(queue_entry& e, memory_policy policy) {
  if (!e.hot || !is_saved(e)) return;
  e.is_bound = e.hot->schedule && binds_holds(*e.hot->schedule);
  // `due` lives in memory only: with it the message stays.
  if (policy == memory_policy::shrink_data_and_meta && !e.hot->due) e.hot.reset();
  if (policy != memory_policy::no_shrink && e.hot) e.hot->content = {};
}

}  // namespace godwit::queue
