#include "app/processor_usage.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <string>
#include <thread>

namespace godwit::app {

namespace {

double process_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

/// All states of /proc/stat but idle and iowait; guest time is within user time already.
double machine_seconds() {
  std::ifstream in("/proc/stat");
  std::string cpu;
  double user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0;
  in >> cpu >> user >> nice >> system >> idle >> iowait >> irq >> softirq >> steal;
  return (user + nice + system + irq + softirq + steal) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

}  // namespace

processor_usage::processor_usage()
    : last_(read()),
      process_sum_(metrics::get_gauge("process_cpu_usage_sum", {})),
      process_normalized_(metrics::get_gauge("process_cpu_usage_normalized", {})),
      machine_sum_(metrics::get_gauge("system_cpu_usage_sum", {})),
      machine_normalized_(metrics::get_gauge("system_cpu_usage_normalized", {})) {}

processor_usage::reading processor_usage::read() {
  return {std::chrono::steady_clock::now(), process_seconds(), machine_seconds()};
}

void processor_usage::sample() {
  const auto now = read();
  const double passed = std::chrono::duration<double>(now.at - last_.at).count();
  if (passed < 0.1) return;  // too short to say anything
  const double cores = std::max(1U, std::thread::hardware_concurrency());
  const double process = (now.process - last_.process) / passed * 100, machine = (now.machine - last_.machine) / passed * 100;
  last_ = now;
  process_sum_->set(std::lround(process));
  process_normalized_->set(std::lround(process / cores));
  machine_sum_->set(std::lround(machine));
  machine_normalized_->set(std::lround(machine / cores));
}

}  // namespace godwit::app
