#include "log/log.hpp"

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include <spdlog/logger.h>
#include <spdlog/sinks/daily_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include "log/filter.hpp"
#include "log/line.hpp"
#include "log/mask.hpp"
#include "log/tap.hpp"

namespace godwit::log {
namespace {

/// Where lines go. Replaced as a whole, so that a line never mixes two settings.
struct output {
  std::shared_ptr<spdlog::logger> logger;
  line_format format = line_format::full;
};

std::shared_ptr<const output> make_output(std::shared_ptr<spdlog::sinks::sink> sink, line_format format) {
  auto out = std::make_shared<output>();
  out->logger = std::make_shared<spdlog::logger>("godwit", std::move(sink));
  out->logger->set_pattern("%v");
  out->logger->set_level(spdlog::level::trace);
  out->logger->flush_on(spdlog::level::trace);
  out->format = format;
  return out;
}

struct tapping {
  level lowest;
  std::shared_ptr<tap> reader;
};
using tap_list = std::vector<tapping>;

/// Lives until the process ends, never destroyed: late threads may still log.
struct state {
  std::mutex guard;
  std::shared_ptr<const output> out =
      make_output(std::make_shared<spdlog::sinks::stderr_sink_mt>(), line_format::full);
  std::shared_ptr<const observer> seen;
  std::shared_ptr<const tap_list> taps = std::make_shared<const tap_list>();
  /// Every filter there ever was: readers hold plain pointers. Filters are set by hand, so these are few.
  std::vector<std::unique_ptr<const filter>> filters;
};

state& the_state() {
  static auto* instance = new state;
  return *instance;
}

void show(const tap_list& taps, level l, std::string_view tag, std::string_view text) {
  static thread_local bool is_inside = false;
  if (is_inside) return;
  is_inside = true;
  for (const auto& t : taps)
    if (l >= t.lowest) t.reader->line(l, tag, text);
  is_inside = false;
}

std::atomic<level> minimum{level::info};
std::atomic<const filter*> current{nullptr};

}  // namespace

bool enabled(level l, std::string_view tag) {
  if (l < minimum.load(std::memory_order_relaxed)) return false;
  const filter* f = current.load(std::memory_order_acquire);
  return f ? l >= f->for_tag(tag) : l >= level::info;
}

void write(level l, std::string_view tag, std::string_view text) {
  state& s = the_state();
  std::shared_ptr<const output> out;
  std::shared_ptr<const observer> seen;
  std::shared_ptr<const tap_list> taps;
  {
    const std::lock_guard lock(s.guard);
    out = s.out;
    seen = s.seen;
    taps = s.taps;
  }
  const std::string masked = mask_secrets(text);
  if (seen) (*seen)(l, tag, masked);
  const std::string line = format_line(out->format, std::chrono::system_clock::now(), l, tag, masked);
  out->logger->log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
  show(*taps, l, tag, masked);
}

void add_tap(level lowest, std::shared_ptr<tap> t) {
  state& s = the_state();
  const std::lock_guard lock(s.guard);
  auto taps = *s.taps;
  taps.push_back({lowest, std::move(t)});
  s.taps = std::make_shared<const tap_list>(std::move(taps));
}

void remove_tap(const std::shared_ptr<tap>& t) {
  state& s = the_state();
  const std::lock_guard lock(s.guard);
  auto taps = *s.taps;
  std::erase_if(taps, [&](const tapping& each) { return each.reader == t; });
  s.taps = std::make_shared<const tap_list>(std::move(taps));
}

result<void> set_filter(std::string_view directives) {
  auto parsed = filter::parse(directives);
  if (!parsed) return parsed.why();
  state& s = the_state();
  const std::lock_guard lock(s.guard);
  s.filters.push_back(std::make_unique<const filter>(*std::move(parsed)));
  current.store(s.filters.back().get(), std::memory_order_release);
  minimum.store(s.filters.back()->minimum(), std::memory_order_relaxed);
  return {};
}

result<void> configure(const settings& wanted) {
  const auto format = line_format_from(wanted.format);
  if (!format) return fail("log format '{}' is unknown: write full, compact, pretty or json", wanted.format);
  std::shared_ptr<spdlog::sinks::sink> sink;
  try {
    if (wanted.dir.empty())
      sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    else
      sink = std::make_shared<spdlog::sinks::daily_file_sink_mt>(wanted.dir + "/godwit.log", 0, 0);
  } catch (const spdlog::spdlog_ex& problem) {
    return fail("cannot log to directory {}: {}", wanted.dir, problem.what());
  }
  state& s = the_state();
  const std::lock_guard lock(s.guard);
  s.out = make_output(std::move(sink), *format);
  return {};
}

void flush() {
  state& s = the_state();
  const std::lock_guard lock(s.guard);
  s.out->logger->flush();
}

void observe(observer seen) {
  state& s = the_state();
  const std::lock_guard lock(s.guard);
  s.seen = seen ? std::make_shared<const observer>(std::move(seen)) : nullptr;
}

}  // namespace godwit::log
