#include "app/summary.hpp"

#include "log/log.hpp"

namespace godwit::app {

namespace {
constexpr std::size_t most_lines = 50;

void log_largest(std::string_view kind, std::vector<queue::queue_count> all) {
  std::erase_if(all, [](const auto& q) { return q.messages == 0 && q.connections == 0; });
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.messages > b.messages; });
  for (std::size_t i = 0; i < all.size() && i < most_lines; ++i) {
    log::info("queue", "{} queue {}: {} messages, {} connections", kind, all[i].name, all[i].messages,
              all[i].connections);
  }
  if (all.size() > most_lines) log::info("queue", "… and {} more {} queues", all.size() - most_lines, kind);
}

}  // namespace

void log_queue_summary(const queue::manager& queues) {
  log::info("queue", "queue summary: {} messages", queues.message_count());
  log_largest("scheduled", queues.scheduled());
  log_largest("ready", queues.ready());
}

}  // namespace godwit::app
