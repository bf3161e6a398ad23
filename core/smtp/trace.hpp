#pragma once
// What is said on SMTP connections, for operators who watch (the console's `trace smtp`). While nobody watches, each line
// costs a relaxed load. Sessions never wait for a watcher: one that is slow loses lines, and hears how many.
//
// Whoever calls trace() passes what may be shown: no credentials, of content only the size.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/cidr.hpp"

namespace godwit::smtp {

/// A connection, as filters see it.
struct trace_subject {
  bool is_inbound = true;
  std::uint64_t number = 0;  ///< as in `show inbound` and `show outbound`; 0: nobody may watch
  ip_endpoint peer, local;
  std::string host, source, routing_domain;  ///< outbound: name of the peer, egress source, domain of the ready queue
  std::string recipient_domain;              ///< outbound: of the message under way
};

enum class trace_kind : std::uint8_t { connected, read, write, content, note, closed };
std::string_view trace_kind_name(trace_kind k);  ///< "connected", "read", …

struct trace_event {
  std::chrono::system_clock::time_point at;
  trace_kind what = trace_kind::note;
  bool is_inbound = true;
  std::uint64_t number = 0;
  ip_endpoint peer;
  std::string text;  ///< one line, without its end
};
using trace_event_ref = std::shared_ptr<const trace_event>;

namespace detail {
inline std::atomic<int> tracers{0};
}
/// Somebody watches something. Ask before the text is made.
inline bool is_traced() { return detail::tracers.load(std::memory_order_relaxed) != 0; }

/// `text` may be several lines, each is an event. Any thread.
void trace(const trace_subject& of, trace_kind what, std::string_view text);

/// Watches from its construction to its destruction.
class tracer {
 public:
  static constexpr std::size_t usual_capacity = std::size_t{1} << 20;

  /// Called on the threads of sessions, under a lock: quick, without exceptions.
  using filter = std::function<bool(const trace_subject&)>;
  /// Called on the threads of sessions when there is something to take after there was nothing.
  using waker = std::function<void()>;

  tracer(filter wanted, waker wake, std::size_t capacity_bytes = usual_capacity);
  ~tracer();
  tracer(const tracer&) = delete;

  struct batch {
    std::vector<trace_event_ref> events;  ///< oldest first
    std::uint64_t lost = 0;               ///< what came after them and found no room
  };
  /// What came since the last time. Any thread.
  batch take();

 private:
  friend void trace(const trace_subject&, trace_kind, std::string_view);
  void offer(const trace_event_ref& e);

  const filter wanted_;
  const waker wake_;
  const std::size_t capacity_;
  std::mutex guard_;
  batch waiting_;
  std::size_t bytes_ = 0;
};

}  // namespace godwit::smtp
