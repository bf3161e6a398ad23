#include "log.hpp"

#include <pthread.h>

#include <set>

#include "record_line.hpp"
#include "segment_name.hpp"

namespace log_json {

using godwit::sdk::message_view;
using godwit::sdk::record_view;

namespace {

/// Lines are gathered this long before they are compressed: well under the second within which a tailer sees
/// them.
constexpr auto gather_time = std::chrono::milliseconds(200);
constexpr std::size_t gather_bytes = 256 * 1024;
constexpr auto disk_check_interval = std::chrono::seconds(5);
/// Longest wait of a submission for room; a session's thread must not stand still for ever over a dead disk.
constexpr auto longest_wait = std::chrono::seconds(5);
constexpr auto retry_interval = std::chrono::seconds(1);

}  // namespace

log::log(log_settings settings, std::string node_id)
    : settings_(std::move(settings)),
      node_id_(std::move(node_id)),
      full_("log_submit_full", "Submissions that found the log's queue full.",
            {{"logger", settings_.log_dir}}),
      latency_("log_submit_latency", "How long the maker of a record was kept.", {{"logger", settings_.log_dir}}) {
  std::set<std::string> dirs;
  for (const auto& d : settings_.destinations) {
    segments_.push_back(std::make_unique<segment>(d, settings_.compression_level));
    if (!dirs.insert(d.dir).second) continue;
    mark_all_done(d.dir);
    disks_.push_back({d.dir,
                      {"disk_free_bytes", "Free bytes of a watched directory.", {{"name", d.dir}}},
                      {"disk_free_inodes", "Free inodes of a watched directory.", {{"name", d.dir}}}});
  }
  writer_ = std::thread([this] { run(); });
}

log::~log() { stop(); }

void log::stop() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  wake_writer_.notify_one();
  if (writer_.joinable()) writer_.join();
}

void log::submit(const record_view& r, message_view m) {
  const auto type = static_cast<std::size_t>(r->type);
  const int destination = type < record_type_count ? settings_.route[type] : -1;
  if (destination < 0) return;
  const auto began = clock::now();
  record(destination, r, m);
  latency_.observe(clock::now() - began);
}

void log::record(int destination, const record_view& r, message_view m) {
  buffer text;
  put_record(text, r, m, settings_, node_id_);
  const std::string_view made(text.data(), text.size());
  if (settings_.filter_event.empty() || !m)
    push(destination, made);
  else
    ask_filter(destination, std::string(made), m);
}

void log::ask_filter(int destination, std::string text, message_view m) {
  // The handler may wait while the message goes on its way: it gets a copy.
  auto copy = std::make_shared<godwit::sdk::held_message>(m.snapshot());
  godwit::sdk::call_event(
      settings_.filter_event, *copy, {},
      [self = shared_from_this(), destination, text = std::move(text), copy](const godwit::sdk::answer& a) {
        if (a.ok() && a.content.boolean())
          self->push(destination, text);
        else if (!a.ok())
          godwit::sdk::log_error("event " + self->settings_.filter_event + ": " + std::string(a.reason));
      });
}

bool log::wait_for_room(std::unique_lock<std::mutex>& lock) {
  if (waiting_.lines.size() < settings_.back_pressure) return true;
  full_.add();
  const bool has_room =
      room_.wait_for(lock, longest_wait, [&] { return waiting_.lines.size() < settings_.back_pressure; });
  if (!has_room)
    godwit::sdk::log_error("the queue of " + settings_.log_dir + " stays full: a record is lost");
  return has_room;
}

void log::push(int destination, std::string_view text) {
  std::unique_lock lock(mutex_);
  if (!wait_for_room(lock)) return;
  const bool was_empty = waiting_.lines.empty();
  const bool was_short = waiting_.bytes.size() < gather_bytes;
  waiting_.bytes.append(text);
  waiting_.lines.push_back({destination, static_cast<std::uint32_t>(text.size())});
  const bool is_due = was_short && waiting_.bytes.size() >= gather_bytes;
  lock.unlock();
  // Two wake-ups per batch, not one per record: a wake-up is a system call.
  if (was_empty || is_due) wake_writer_.notify_one();
}

bool log::gather(batch& taken) {
  const auto is_due = [&] { return is_stopping_ || waiting_.bytes.size() >= gather_bytes; };
  std::unique_lock lock(mutex_);
  wake_writer_.wait_for(lock, retry_interval, [&] { return is_stopping_ || !waiting_.lines.empty(); });
  if (!waiting_.lines.empty()) wake_writer_.wait_for(lock, gather_time, is_due);
  std::swap(taken, waiting_);
  const bool goes_on = !is_stopping_ || !taken.lines.empty();
  lock.unlock();
  room_.notify_all();
  return goes_on;
}

void log::run() {
  ::pthread_setname_np(::pthread_self(), "log_json");
  batch taken;
  check_disks();
  while (gather(taken)) {
    if (!taken.lines.empty()) {
      write(taken);
      flush_all();
    }
    taken.clear();
    roll_old();
    check_disks();
  }
  for (auto& s : segments_) persist([&] { s->finish(); });
}

void log::write(const batch& b) {
  std::string_view rest = b.bytes;
  for (std::size_t i = 0; i < b.lines.size();) {
    const auto destination = b.lines[i].destination;
    const auto room =
        settings_.max_file_size -
        std::min(settings_.max_file_size, segments_[static_cast<std::size_t>(destination)]->size());
    std::size_t run = 0;
    // Neighbours with the same destination go in one piece, up to the size of a segment.
    do run += b.lines[i++].size;
    while (i < b.lines.size() && b.lines[i].destination == destination && run < room);
    write_run(destination, rest.substr(0, run));
    rest.remove_prefix(run);
  }
}

void log::write_run(int destination, std::string_view lines) {
  auto& s = *segments_[static_cast<std::size_t>(destination)];
  const bool is_taken = persist([&] { s.append(lines, godwit::sdk::now()); });
  if (is_taken && s.size() >= settings_.max_file_size) persist([&] { s.finish(); });
}

void log::flush_all() {
  for (auto& s : segments_) persist([&] { s->flush(); });
}

void log::roll_old() {
  if (settings_.max_segment_duration.count() <= 0) return;
  const auto now = godwit::sdk::now();
  for (auto& s : segments_)
    if (s->is_open() && now - s->opened() >= settings_.max_segment_duration) persist([&] { s->finish(); });
}

template <class F>
bool log::persist(F f) {
  for (bool is_reported = false;;) {
    try {
      f();
      if (is_reported) godwit::sdk::set_healthy("write " + settings_.log_dir);
      return true;
    } catch (const std::exception& e) {
      if (!is_reported) godwit::sdk::log_error(e.what());
      is_reported = true;
      godwit::sdk::set_unhealthy("write " + settings_.log_dir, "log storage is not accepting writes");
    }
    std::unique_lock lock(mutex_);
    if (wake_writer_.wait_for(lock, retry_interval, [&] { return is_stopping_; })) return false;
  }
}

void log::check_disks() {
  const auto now = clock::now();
  if (disks_checked_ != clock::time_point{} && now - disks_checked_ < disk_check_interval) return;
  disks_checked_ = now;
  for (auto& d : disks_) check_disk(d);
}

void log::check_disk(watched_disk& watched) {
  const auto& dir = watched.dir;
  const auto disk = disk_state::of(dir);
  if (!disk) return;
  watched.free_bytes.set(static_cast<std::int64_t>(disk->free_bytes));
  watched.free_inodes.set(static_cast<std::int64_t>(disk->free_inodes));
  const bool has_space = settings_.min_free_space.is_met(disk->free_bytes, disk->total_bytes);
  const bool has_inodes = settings_.min_free_inodes.is_met(disk->free_inodes, disk->total_inodes);
  if (has_space && has_inodes) return godwit::sdk::set_healthy("disk " + dir);
  godwit::sdk::log_error(fmt::format("{}: less than {} free: mail is refused until there is room", dir,
                                     has_space ? settings_.min_free_inodes.text() + " of inodes"
                                               : settings_.min_free_space.text() + " of space"));
  godwit::sdk::set_unhealthy("disk " + dir, "disk is too full");
}

}  // namespace log_json
