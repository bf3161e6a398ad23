// memory, threads, threads stats|io queue|cpu queue
#include <malloc.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>

#include "app/commands.hpp"
#include "control/arguments.hpp"
#include "control/output.hpp"
#include "rt/blocking_pool.hpp"

namespace godwit::app {

namespace fs = std::filesystem;

namespace {

using control::invocation;
using kind = control::result_shape::kind;

/// "VmRSS:   1234 kB" of /proc/self/status, in bytes; 0 when it is not there.
std::uint64_t status_bytes(std::string_view field) {
  std::ifstream in("/proc/self/status");
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with(field)) return std::strtoull(line.c_str() + field.size() + 1, nullptr, 10) * 1024;
  }
  return 0;
}

/// The most that malloc's arenas together had of the system; 0 when the library does not say. Only its report in XML has it, as
/// the last size of that type.
std::uint64_t peak_of_arenas() {
  char* text = nullptr;
  std::size_t size = 0;
  std::FILE* report = ::open_memstream(&text, &size);
  if (!report) return 0;
  const bool is_told = ::malloc_info(0, report) == 0;
  std::fclose(report);
  const std::unique_ptr<char, decltype(&std::free)> owned(text, &std::free);
  constexpr std::string_view mark = "<system type=\"max\" size=\"";
  const std::string_view all(text, size);
  const auto at = all.rfind(mark);
  return is_told && at != std::string_view::npos ? std::strtoull(text + at + mark.size(), nullptr, 10) : 0;
}

result<void> tell_memory(invocation& call) {
  const auto heap = ::mallinfo2();
  const auto in_use = heap.uordblks + heap.hblkhd;
  call.out.record({{"current_bytes", in_use},
                   {"peak_bytes", peak_of_arenas()},
                   {"free_bytes", heap.fordblks},
                   {"mmap_count", heap.hblks},
                   {"mmap_current", heap.hblkhd},
                   {"mmap_percent", in_use > 0 ? 100.0 * static_cast<double>(heap.hblkhd) / static_cast<double>(in_use) : 0.0},
                   {"rss", status_bytes("VmRSS")},
                   {"peak_rss", status_bytes("VmHWM")},
                   {"system_rss", static_cast<std::int64_t>(::sysconf(_SC_PHYS_PAGES)) * ::sysconf(_SC_PAGESIZE)}});
  return {};
}

std::string first_line(const fs::path& file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  return line;
}

/// State and CPU seconds of a thread, from the fields after its name in stat.
void show_thread(const fs::path& task, control::output& out) {
  const auto stat = first_line(task / "stat");
  const auto after_name = stat.rfind(')');
  if (after_name == std::string::npos) return;  // it ended meanwhile
  char state = '?';
  unsigned long long user = 0, system = 0;
  std::sscanf(stat.c_str() + after_name + 1, " %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu", &state, &user, &system);
  const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  out.row({static_cast<std::int64_t>(std::stoll(task.filename().string())), first_line(task / "comm"), std::string(1, state),
           static_cast<double>(user) / ticks, static_cast<double>(system) / ticks});
}

result<void> list_threads(invocation& call) {
  std::error_code failed;
  for (const auto& task : fs::directory_iterator("/proc/self/task", failed)) show_thread(task.path(), call.out);
  return {};
}

/// Loops last: they run no jobs that could be counted.
result<void> tell_pools(const command_services& s, invocation& call) {
  for (const auto& p : rt::list_pools()) {
    call.out.row({p.name, p.threads, p.invocations, p.average_concurrency(), p.saturation(), milliseconds(p.time_per_job()), p.threads,
                  p.threads - p.active, p.queued});
  }
  const auto loops = s.loops->size();
  call.out.row({"loops", loops, nullptr, nullptr, nullptr, nullptr, loops, nullptr, nullptr});
  return {};
}

control::command queue_command(std::string name, std::string summary, std::string title, rt::blocking_pool* const& pool) {
  return {.name = std::move(name),
          .summary = std::move(summary),
          .shape = {.total = std::move(title) + "\n{jobs} jobs"},
          .handler = at_once([&pool](invocation& call) -> result<void> {
            call.out.total({{"jobs", pool->view().queued}});
            return {};
          })};
}

}  // namespace

result<void> add_process_commands(command_services& s) {
  return add_commands(s.commands, {
    {.name = "memory",
     .summary = "Memory of the process, in bytes.",
     .shape = {.what = kind::record,
               .columns = {{"current_bytes", "current bytes"}, {"peak_bytes", "peak bytes"}, {"free_bytes", "free bytes"},
                           {"mmap_count", "mmap count"}, {"mmap_current", "mmap current"}, {"mmap_percent", "mmap current %"},
                           {"rss", "RSS"}, {"peak_rss", "peak RSS"}, {"system_rss", "System RSS"}}},
     .handler = at_once(tell_memory),
     .help = "Current bytes are in use. Peak bytes are the most that malloc's arenas had of the system, what was free in them included, "
             "large blocks (mmap) not."},
    {.name = "threads",
     .summary = "Threads with their CPU time in seconds.",
     .shape = {.what = kind::table,
               .columns = {{"id", "Id"}, {"name", "Name"}, {"state", "State"}, {"user", "User"}, {"system", "System"}}},
     .handler = at_once(list_threads)},
    {.name = "threads stats",
     .summary = "Thread pools: jobs, how busy the threads are, and what waits.",
     .shape = {.what = kind::table,
               .columns = {{"pool", "Pool"}, {"concurrency", "Concurrency"}, {"invocations", "Total Invocations"},
                           {"avg_concurrency", "Average Concurrency"}, {"saturation", "Saturation"},
                           {"avg_wallclock_time_per_op", "Average Time per Op (ms)"}, {"num_threads", "Threads"},
                           {"num_inactive_threads", "Inactive Threads"}, {"queued", "Queued"}}},
     .handler = at_once([&s](invocation& call) { return tell_pools(s, call); }),
     .help = "Since the start of the pool. Saturation is the part of the threads' time that went into jobs, 1 being all. Event loops are "
             "listed with their number alone."},
    queue_command("threads io queue", "Jobs that wait for a thread of the pool blocking: the disk's, mostly.", "Jobs in the I/O pool",
                  s.pool),
    queue_command("threads cpu queue", "Jobs that wait for a thread of the pool modules: what modules must not do on a loop.",
                  "Jobs in the CPU pool", s.module_pool),
  });
}

}  // namespace godwit::app
