#pragma once
// Settings of [modules.ec_logger] (Momentum: ec_logger and bounce_logger).

#include <sys/types.h>

#include <array>
#include <chrono>
#include <string>

#include <godwit/options.hpp>

namespace ec_logger {

const godwit::sdk::option_table& module_options();

enum class log_kind { main, reject, panic, bounce };
inline constexpr std::size_t log_count = 4;

struct file_settings {
  std::string path;  ///< empty: this log is off
  mode_t mode = 0644;
  std::chrono::nanoseconds heartbeat{0};  ///< 0: none
};

struct logger_settings {
  std::array<file_settings, log_count> files;
  bool receptions = true, deliveries = true, transient_failures = true, permanent_failures = true, rejections = true;
  bool errors = true;  ///< lines of the paniclog
  bool inband_bounces = true, outofband_bounces = true, bounced_transient_failures = true;
  bool hires_timestamp = false;
  std::size_t back_pressure = 128000;

  /// `table` has passed module_options(). Throws godwit::sdk::failure "PATH: what is wrong".
  static logger_settings from(godwit::sdk::value_view table);

  const file_settings& file(log_kind k) const { return files[static_cast<std::size_t>(k)]; }
  bool has(log_kind k) const { return !file(k).path.empty(); }
};

}  // namespace ec_logger
