#include "deliver/connection_list.hpp"

#include <atomic>
#include <map>
#include <mutex>

namespace godwit::deliver {

using std::chrono::nanoseconds;
using std::chrono::steady_clock;

/// The session writes, operators read; what they see together need not belong together.
struct listed_connection::entry {
  entry(std::uint64_t n, std::string from, std::string queue, std::string name, const ip_endpoint& peer)
      : number(n), source(std::move(from)), ready_queue(std::move(queue)), host(std::move(name)), to(peer) {}

  const std::uint64_t number;
  const std::string source, ready_queue, host;
  const ip_endpoint to;
  const steady_clock::time_point since = steady_clock::now();
  std::atomic<connection_state> state{connection_state::connecting};
  std::atomic<nanoseconds::rep> connect_time{0}, delivery_time{0};
  std::atomic<std::uint64_t> deliveries{0};

  connection_view view(steady_clock::time_point now) const {
    constexpr auto relaxed = std::memory_order_relaxed;
    return {.number = number,
            .source = source,
            .ready_queue = ready_queue,
            .host = host,
            .to = to,
            .state = state.load(relaxed),
            .age = now - since,
            .connect_time = nanoseconds(connect_time.load(relaxed)),
            .deliveries = deliveries.load(relaxed),
            .delivery_time = nanoseconds(delivery_time.load(relaxed))};
  }
};

namespace {

struct open_list {
  std::mutex guard;
  std::map<std::uint64_t, listed_connection::entry> all;
  std::uint64_t last = 0;

  listed_connection::entry& add(std::string source, std::string ready_queue, std::string host, const ip_endpoint& to) {
    const std::lock_guard lock(guard);
    const auto number = ++last;
    return all.try_emplace(number, number, std::move(source), std::move(ready_queue), std::move(host), to).first->second;
  }
};

/// Never destroyed: late sessions may still end.
open_list& the_list() {
  static auto* list = new open_list;
  return *list;
}

}  // namespace

std::string_view state_name(connection_state s) {
  switch (s) {
    case connection_state::connecting: return "connecting";
    case connection_state::idle: return "idle";
    case connection_state::delivering: return "delivering";
  }
  return "";
}

std::vector<connection_view> list_connections() {
  auto& list = the_list();
  const std::lock_guard lock(list.guard);
  const auto now = steady_clock::now();
  std::vector<connection_view> views;
  views.reserve(list.all.size());
  for (const auto& [number, one] : list.all) views.push_back(one.view(now));
  return views;
}

listed_connection::listed_connection(std::string source, std::string ready_queue, std::string host, const ip_endpoint& to)
    : entry_(the_list().add(std::move(source), std::move(ready_queue), std::move(host), to)) {}

listed_connection::~listed_connection() {
  auto& list = the_list();
  const std::lock_guard lock(list.guard);
  list.all.erase(entry_.number);
}

std::uint64_t listed_connection::number() const { return entry_.number; }

void listed_connection::note_ready() {
  entry_.connect_time.store((steady_clock::now() - entry_.since).count(), std::memory_order_relaxed);
  entry_.state.store(connection_state::idle, std::memory_order_relaxed);
}

void listed_connection::begin_batch() { entry_.state.store(connection_state::delivering, std::memory_order_relaxed); }

void listed_connection::end_batch(std::size_t messages, nanoseconds took) {
  entry_.deliveries.fetch_add(messages, std::memory_order_relaxed);
  entry_.delivery_time.fetch_add(took.count(), std::memory_order_relaxed);
  entry_.state.store(connection_state::idle, std::memory_order_relaxed);
}

}  // namespace godwit::deliver
