#include "segment_name.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <ctime>
#include <filesystem>

#include <fmt/format.h>

namespace log_json {

std::string segment_name(std::chrono::system_clock::time_point when, std::string_view suffix) {
  const auto ns = std::chrono::duration_cast<std::chrono::nanoseconds>(when.time_since_epoch()).count();
  const std::time_t seconds = ns / 1'000'000'000;
  std::tm t{};
  gmtime_r(&seconds, &t);
  return fmt::format("{:04}{:02}{:02}-{:02}{:02}{:02}.{:09}{}", t.tm_year + 1900, t.tm_mon + 1, t.tm_mday,
                     t.tm_hour, t.tm_min, t.tm_sec, ns % 1'000'000'000, suffix);
}

bool is_segment_name(std::string_view name) {
  if (name.size() < 15 || name[8] != '-') return false;
  for (std::size_t i = 0; i < 15; ++i)
    if (i != 8 && (name[i] < '0' || name[i] > '9')) return false;
  return true;
}

void mark_done(const std::string& file) {
  struct stat s {};
  if (stat(file.c_str(), &s) == 0) chmod(file.c_str(), s.st_mode & 0444);
}

void mark_all_done(const std::string& dir) {
  std::error_code ignored;  // the directory may not exist yet
  for (const auto& entry : std::filesystem::directory_iterator(dir, ignored))
    if (entry.is_regular_file(ignored) && is_segment_name(entry.path().filename().string()))
      mark_done(entry.path().string());
}

}  // namespace log_json
