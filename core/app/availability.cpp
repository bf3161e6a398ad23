#include "app/availability.hpp"

namespace godwit::app {

std::optional<std::string> availability::refusal() const {
  if (stopping.load(std::memory_order_relaxed)) return "shutting down";
  if (memory.is_over_limit()) return "load shedding. Try later";
  if (auto why = modules.refusal()) return *why + ". Try later";
  switch (store.state()) {
    case spool::health::disk_full: return "disk is too full. Try later";
    case spool::health::unhealthy: return store.state_reason() + ". Try later";
    case spool::health::starting:
    case spool::health::good: break;  // listing the spool does not hinder reception
  }
  return std::nullopt;
}

std::optional<std::string> availability::unready() const {
  if (stopping.load(std::memory_order_relaxed)) return "shutting down";
  if (memory.is_over_limit()) return "load shedding";
  if (auto why = modules.refusal()) return why;
  switch (store.state()) {
    case spool::health::disk_full: return "storage is too full";
    case spool::health::unhealthy: return store.state_reason();
    case spool::health::starting:
    case spool::health::good: break;
  }
  return std::nullopt;
}

}  // namespace godwit::app
