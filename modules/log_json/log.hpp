#pragma once
// One log: records come from every thread as finished lines, one writer thread puts them into segments.

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <godwit/godwit.hpp>

#include "log_settings.hpp"
#include "segment.hpp"

namespace log_json {

/// submit() on any thread. Owned by the module and by filter events under way.
class log : public std::enable_shared_from_this<log> {
 public:
  log(log_settings settings, std::string node_id);
  ~log();  ///< stop()

  void submit(const godwit::sdk::record_view& r, godwit::sdk::message_view m);
  /// Everything submitted before is in finished segments afterwards.
  void stop();
  const log_settings& settings() const { return settings_; }

 private:
  using clock = std::chrono::steady_clock;
  struct line {
    int destination;
    std::uint32_t size;
  };
  /// Lines that wait for the writer: one growing buffer, so that a submission allocates nothing.
  struct batch {
    std::string bytes;
    std::vector<line> lines;
    void clear() {
      bytes.clear();
      lines.clear();
    }
  };

  void record(int destination, const godwit::sdk::record_view& r, godwit::sdk::message_view m);
  void push(int destination, std::string_view text);
  bool wait_for_room(std::unique_lock<std::mutex>& lock);
  void ask_filter(int destination, std::string text, godwit::sdk::message_view m);

  // The writer thread.
  void run();
  bool gather(batch& taken);
  void write(const batch& b);
  void write_run(int destination, std::string_view lines);
  void flush_all();
  void roll_old();
  void check_disks();
  struct watched_disk {
    std::string dir;
    godwit::sdk::gauge free_bytes, free_inodes;
  };
  void check_disk(watched_disk& disk);
  /// Runs `f` until it succeeds, once a second; the server refuses mail meanwhile. False when stopping
  /// instead.
  template <class F>
  bool persist(F f);

  const log_settings settings_;
  const std::string node_id_;
  godwit::sdk::counter full_;
  godwit::sdk::histogram latency_;

  std::mutex mutex_;
  std::condition_variable wake_writer_, room_;
  batch waiting_;
  bool is_stopping_ = false;

  std::vector<std::unique_ptr<segment>> segments_;  // by destination
  std::vector<watched_disk> disks_;
  clock::time_point disks_checked_{};
  std::thread writer_;
};

}  // namespace log_json
