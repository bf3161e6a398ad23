#pragma once
// Settings of one log: kumo.configure_local_logs{…} and each element of [modules.log_json] logs.

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include <godwit/options.hpp>

#include "disk_space.hpp"
#include "name_filter.hpp"

namespace log_json {

constexpr std::size_t record_type_count = 14;

/// Where records of a type go and how a segment begins.
struct destination {
  std::string dir;
  std::string suffix;
  std::string segment_header;
  bool operator==(const destination&) const = default;
};

struct log_settings {
  std::string log_dir;
  std::size_t back_pressure = 128000;
  int compression_level = 0;
  std::string filter_event;
  name_filter headers, meta;
  std::uint64_t max_file_size = 1'000'000'000;
  std::chrono::nanoseconds max_segment_duration{0};  ///< 0: unlimited
  free_limit min_free_space, min_free_inodes;
  std::vector<destination> destinations;       ///< distinct ones
  std::array<int, record_type_count> route{};  ///< by record type: index of destinations, -1: not logged

  /// From a normalised table; throws godwit::sdk::failure naming what is wrong.
  static log_settings from(godwit::sdk::value_view table);
};

const godwit::sdk::option_table& log_options();
/// [modules.log_json]
const godwit::sdk::option_table& module_options();

}  // namespace log_json
