#pragma once
// Finished lines come from every thread; one thread writes them, opens files anew, and beats the heart.

#include <array>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <godwit/metrics.hpp>

#include "log_file.hpp"
#include "logger_settings.hpp"

namespace ec_logger {

/// push() and reopen() on any thread; open() and stop() on the thread of the life cycle.
class log_writer {
 public:
  explicit log_writer(logger_settings s);
  ~log_writer();  ///< stop()

  /// Opens the files and starts the thread; until then lines wait. Throws godwit::sdk::failure.
  void open();
  /// Waits for room when `back_pressure` lines are outstanding; five seconds later they are lost, counted and logged.
  void push(log_kind kind, std::string_view text, std::size_t lines);
  /// As push, without waiting: without room the lines are lost and counted.
  void offer(log_kind kind, std::string_view text, std::size_t lines);
  /// Writes what was pushed before to the files as they are, then opens the names anew. `done` runs on the thread of this
  /// object, with the problems, or nothing.
  void reopen(std::function<void(const std::string&)> done);
  /// Everything pushed before is written, if it can be.
  void stop();

  const logger_settings& settings() const { return settings_; }

 private:
  /// Lines that wait, by log.
  struct batch {
    std::array<std::string, log_count> text;
    std::size_t lines = 0;
    std::vector<std::function<void(const std::string&)>> reopenings;
    bool is_empty() const { return lines == 0 && reopenings.empty(); }
  };
  /// What the thread holds of one log.
  struct output {
    std::unique_ptr<log_file> file;
    std::string unwritten;
    bool is_failing = false;
    std::chrono::nanoseconds next_heartbeat{0};
  };

  bool wait_for_room(std::unique_lock<std::mutex>& lock);
  void add(std::unique_lock<std::mutex> lock, log_kind kind, std::string_view text, std::size_t lines);
  void run();
  bool gather(batch& taken);
  void write_all();
  void write(output& o);
  bool is_written() const;
  std::string reopen_all();
  void beat();

  const logger_settings settings_;
  godwit::sdk::counter full_{"log_submit_full", "Submissions that found the log's queue full.", {{"logger", "ec_logger"}}};
  godwit::sdk::counter lost_{"godwit_ec_logger_lost_total", "Lines that were not written."};

  std::mutex mutex_;
  std::condition_variable wake_writer_, room_;
  batch waiting_;
  std::size_t outstanding_ = 0;  ///< lines pushed and not yet written
  bool is_stopping_ = false;

  std::array<output, log_count> outputs_;
  std::thread thread_;
};

}  // namespace ec_logger
