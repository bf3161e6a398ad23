#include "smtp/trace.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace godwit::smtp {

namespace {

constexpr std::size_t longest_line = 4096;

struct tracer_list {
  std::mutex guard;
  std::vector<tracer*> all;
};

/// Never destroyed: late sessions may still speak.
tracer_list& the_list() {
  static auto* list = new tracer_list;
  return *list;
}

std::string shortened(std::string_view line) {
  if (line.size() <= longest_line) return std::string(line);
  return fmt::format("{}… ({} bytes)", line.substr(0, longest_line), line.size());
}

}  // namespace

std::string_view trace_kind_name(trace_kind k) {
  switch (k) {
    case trace_kind::connected: return "connected";
    case trace_kind::read: return "read";
    case trace_kind::write: return "write";
    case trace_kind::content: return "content";
    case trace_kind::closed: return "closed";
    case trace_kind::note: break;
  }
  return "note";
}

void trace(const trace_subject& of, trace_kind what, std::string_view text) {
  auto& list = the_list();
  const std::lock_guard lock(list.guard);
  std::vector<tracer*> wanting;
  for (auto* t : list.all) {
    if (t->wanted_(of)) wanting.push_back(t);
  }
  if (wanting.empty()) return;
  const auto now = std::chrono::system_clock::now();
  do {
    const auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    const auto e = std::make_shared<const trace_event>(trace_event{now, what, of.is_inbound, of.number, of.peer, shortened(line)});
    for (auto* t : wanting) t->offer(e);
    text.remove_prefix(std::min(end + 1, text.size()));
  } while (!text.empty());
}

tracer::tracer(filter wanted, waker wake, std::size_t capacity_bytes)
    : wanted_(std::move(wanted)), wake_(std::move(wake)), capacity_(capacity_bytes) {
  auto& list = the_list();
  const std::lock_guard lock(list.guard);
  list.all.push_back(this);
  detail::tracers.fetch_add(1, std::memory_order_relaxed);
}

tracer::~tracer() {
  auto& list = the_list();
  const std::lock_guard lock(list.guard);
  std::erase(list.all, this);
  detail::tracers.fetch_sub(1, std::memory_order_relaxed);
}

// Once something was lost, all that follows is, until there is room again: what is shown has one gap, not many.
void tracer::offer(const trace_event_ref& e) {
  const std::lock_guard lock(guard_);
  const auto size = sizeof(trace_event) + e->text.size();
  if (waiting_.lost > 0 || bytes_ + size > capacity_) {
    ++waiting_.lost;
    return;
  }
  const bool was_empty = waiting_.events.empty();
  bytes_ += size;
  waiting_.events.push_back(e);
  if (was_empty) wake_();
}

tracer::batch tracer::take() {
  const std::lock_guard lock(guard_);
  bytes_ = 0;
  return std::exchange(waiting_, {});
}

}  // namespace godwit::smtp
