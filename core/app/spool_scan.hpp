#pragma once
// Start-up: messages found in the spool enter their queues while the server already receives and sends.

#include <condition_variable>
#include <mutex>

#include "queue/manager.hpp"
#include "rt/gate.hpp"
#include "rt/loop.hpp"
#include "spool/spool.hpp"

namespace godwit::app {

/// Lives as long as the queues. Insertions are bounded, so that a spool of millions does not fill memory at once.
class spool_scan {
 public:
  static constexpr std::size_t most_in_flight = 512;

  spool_scan(rt::loop_group& loops, spool::spool& store, queue::manager& queues);
  void start();
  /// Insertions that run are waited for; the listing itself stops at its next message.
  void stop();

 private:
  rt::task<> list();
  void found(mail::message_ref m);  ///< on a pool thread: waits while too many are in flight
  rt::task<> insert(mail::message_ref m);

  rt::loop_group& loops_;
  spool::spool& store_;
  queue::manager& queues_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t in_flight_ = 0;
  bool listing_ = false;
  bool stopping_ = false;
};

}  // namespace godwit::app
