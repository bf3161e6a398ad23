#include "log_writer.hpp"

#include <pthread.h>

#include <algorithm>

#include <godwit/host.hpp>

#include "log_lines.hpp"

namespace ec_logger {

namespace sdk = godwit::sdk;

namespace {

/// Lines are gathered this long, so that a busy server writes once for many.
constexpr auto gather_time = std::chrono::milliseconds(100);
/// How often a write that failed is tried again, and the clock is looked at for heartbeats.
constexpr auto pause = std::chrono::milliseconds(500);
/// Longest wait of a submission for room; a session's thread must not stand still for ever over a dead disk.
constexpr auto longest_wait = std::chrono::seconds(5);

std::int64_t wall_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(sdk::now().time_since_epoch()).count();
}

}  // namespace

log_writer::log_writer(logger_settings s) : settings_(std::move(s)) {}

log_writer::~log_writer() { stop(); }

void log_writer::open() {
  for (std::size_t i = 0; i < log_count; ++i) {
    const auto& f = settings_.files[i];
    if (f.path.empty()) continue;
    outputs_[i].file = std::make_unique<log_file>(f.path, f.mode);
    outputs_[i].file->reopen();
    outputs_[i].next_heartbeat = sdk::steady_now() + f.heartbeat;
  }
  thread_ = std::thread([this] { run(); });
}

void log_writer::stop() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  wake_writer_.notify_one();
  if (thread_.joinable()) thread_.join();
}

bool log_writer::wait_for_room(std::unique_lock<std::mutex>& lock) {
  const auto has_room = [&] { return outstanding_ < settings_.back_pressure; };
  if (has_room()) return true;
  full_.add();
  return room_.wait_for(lock, longest_wait, has_room);
}

void log_writer::push(log_kind kind, std::string_view text, std::size_t lines) {
  std::unique_lock lock(mutex_);
  if (wait_for_room(lock)) return add(std::move(lock), kind, text, lines);
  lock.unlock();  // what is logged may come back as a line of the paniclog
  lost_.add(lines);
  sdk::log_error("the queue stays full: a record is lost");
}

void log_writer::offer(log_kind kind, std::string_view text, std::size_t lines) {
  std::unique_lock lock(mutex_);
  if (outstanding_ < settings_.back_pressure) return add(std::move(lock), kind, text, lines);
  lost_.add(lines);
}

void log_writer::add(std::unique_lock<std::mutex> lock, log_kind kind, std::string_view text, std::size_t lines) {
  const bool was_empty = waiting_.is_empty();
  waiting_.text[static_cast<std::size_t>(kind)].append(text);
  waiting_.lines += lines;
  outstanding_ += lines;
  lock.unlock();
  if (was_empty) wake_writer_.notify_one();
}

void log_writer::reopen(std::function<void(const std::string&)> done) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.reopenings.push_back(std::move(done));
  }
  wake_writer_.notify_one();
}

bool log_writer::gather(batch& taken) {
  std::unique_lock lock(mutex_);
  wake_writer_.wait_for(lock, pause, [&] { return is_stopping_ || !waiting_.is_empty(); });
  if (waiting_.lines > 0)
    wake_writer_.wait_for(lock, gather_time, [&] { return is_stopping_ || !waiting_.reopenings.empty(); });
  std::swap(taken, waiting_);
  return !is_stopping_ || !taken.is_empty();
}

void log_writer::run() {
  ::pthread_setname_np(::pthread_self(), "ec_logger");
  batch taken;
  while (gather(taken)) {
    for (std::size_t i = 0; i < log_count; ++i) outputs_[i].unwritten += taken.text[i];
    beat();
    write_all();
    if (!taken.reopenings.empty()) {
      const auto problems = reopen_all();
      for (const auto& done : taken.reopenings) done(problems);
    }
    taken = {};
  }
  write_all();
  for (auto& o : outputs_)
    lost_.add(static_cast<std::uint64_t>(std::count(o.unwritten.begin(), o.unwritten.end(), '\n')));
}

bool log_writer::is_written() const {
  return std::all_of(outputs_.begin(), outputs_.end(), [](const output& o) { return o.unwritten.empty(); });
}

void log_writer::write_all() {
  for (auto& o : outputs_) write(o);
  if (!is_written()) return;
  {
    const std::lock_guard lock(mutex_);
    outstanding_ = waiting_.lines;
  }
  room_.notify_all();
}

void log_writer::write(output& o) {
  if (!o.file) return o.unwritten.clear();
  const auto what = "write " + o.file->path();
  try {
    o.file->write(o.unwritten);
    if (o.is_failing) sdk::set_healthy(what);
    o.is_failing = false;
  } catch (const std::exception& e) {
    if (!o.is_failing) sdk::log_error(e.what());
    o.is_failing = true;
    sdk::set_unhealthy(what, "log storage is not accepting writes");
  }
}

std::string log_writer::reopen_all() {
  std::string problems;
  for (auto& o : outputs_) {
    if (!o.file) continue;
    try {
      o.file->reopen();
    } catch (const std::exception& e) {
      sdk::log_error(e.what());
      problems.append(problems.empty() ? "" : "; ").append(e.what());
    }
  }
  return problems;
}

void log_writer::beat() {
  const auto now = sdk::steady_now();
  for (std::size_t i = 0; i < log_count; ++i) {
    const auto interval = settings_.files[i].heartbeat;
    auto& o = outputs_[i];
    // A file that cannot be written does not fill up with heartbeats.
    if (!o.file || o.is_failing || interval.count() <= 0 || now < o.next_heartbeat) continue;
    put_heartbeat(o.unwritten, static_cast<log_kind>(i), wall_ns(), settings_);
    o.next_heartbeat = now + interval;
  }
}

}  // namespace ec_logger
