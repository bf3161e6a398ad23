#include "app/spool_scan.hpp"

#include <asio/co_spawn.hpp>

#include "log/log.hpp"

namespace godwit::app {

spool_scan::spool_scan(rt::loop_group& loops, spool::spool& store, queue::manager& queues)
    : loops_(loops), store_(store), queues_(queues) {}

void spool_scan::start() {
  listing_ = true;
  // stop() waits for this coroutine: nothing is left behind.
  asio::co_spawn(loops_.at(0).io(), [this] { return list(); }, [this](std::exception_ptr failed) {
    if (failed) log::error("spool", "the spool could not be listed to its end");
    const std::lock_guard lock(mutex_);
    listing_ = false;
    changed_.notify_all();
  });
}

rt::task<> spool_scan::list() {
  std::function<void(mail::message_ref)> each = [this](mail::message_ref m) { found(std::move(m)); };
  const auto count = co_await store_.enumerate(each);
  if (count) {
    log::info("spool", "spool listed: {} messages", *count);
  } else {
    log::error("spool", "the spool could not be listed: {}", count.why().text);
  }
}

void spool_scan::stop() {
  std::unique_lock lock(mutex_);
  stopping_ = true;
  changed_.notify_all();
  changed_.wait(lock, [this] { return in_flight_ == 0 && !listing_; });
}

void spool_scan::found(mail::message_ref m) {
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return in_flight_ < most_in_flight || stopping_; });
    if (stopping_) return;  // it stays in the spool
    ++in_flight_;
  }
  asio::co_spawn(
      loops_.next().io(), [this, m = std::move(m)]() mutable { return insert(std::move(m)); },
      [this](std::exception_ptr failed) {
        if (failed) log::error("spool", "a spooled message could not be queued; it stays in the spool");
        const std::lock_guard lock(mutex_);
        --in_flight_;
        changed_.notify_all();
      });
}

rt::task<> spool_scan::insert(mail::message_ref m) { co_await queues_.insert_enumerated(std::move(m)); }

}  // namespace godwit::app
