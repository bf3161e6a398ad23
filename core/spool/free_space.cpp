#include "spool/free_space.hpp"

#include <sys/statvfs.h>

#include "log/log.hpp"

namespace godwit::spool {

namespace {

std::uint64_t percent(std::uint64_t free, std::uint64_t total) { return total == 0 ? 100 : free * 100 / total; }

std::shared_ptr<metrics::gauge> gauge(std::string_view name, std::string_view help, const std::string& label) {
  return metrics::get_gauge(name, help, {{"name", label}});
}

}  // namespace

bool is_below(const free_threshold& limit, std::uint64_t free, std::uint64_t total) {
  if (total == 0) return false;  // the file system does not count these (inodes of btrfs)
  if (!limit.is_percent) return free < limit.amount;
  return static_cast<double>(free) * 100 < static_cast<double>(total) * static_cast<double>(limit.amount);
}

free_space::free_space(std::string name, std::string path, free_threshold bytes, free_threshold inodes)
    : name_(std::move(name)),
      path_(std::move(path)),
      min_bytes_(bytes),
      min_inodes_(inodes),
      bytes_(gauge("disk_free_bytes", "Bytes available in a monitored location.", name_)),
      percent_(gauge("disk_free_percent", "Percentage of space available in a monitored location.", name_)),
      inodes_(gauge("disk_free_inodes", "Inodes available in a monitored location.", name_)),
      inodes_percent_(gauge("disk_free_inodes_percent", "Percentage of inodes available in a monitored location.",
                            name_)) {}

bool free_space::has_room(const disk_usage& u) const {
  return !is_below(min_bytes_, u.free_bytes, u.total_bytes) && !is_below(min_inodes_, u.free_inodes, u.total_inodes);
}

bool free_space::check() {
  struct statvfs s {};
  if (::statvfs(path_.c_str(), &s) != 0) return has_room_;
  const disk_usage u{.free_bytes = s.f_bavail * s.f_frsize,
                     .total_bytes = s.f_blocks * s.f_frsize,
                     .free_inodes = s.f_favail,
                     .total_inodes = s.f_files};
  bytes_->set(static_cast<std::int64_t>(u.free_bytes));
  percent_->set(static_cast<std::int64_t>(percent(u.free_bytes, u.total_bytes)));
  inodes_->set(static_cast<std::int64_t>(u.free_inodes));
  inodes_percent_->set(static_cast<std::int64_t>(percent(u.free_inodes, u.total_inodes)));
  const bool had_room = has_room_;
  has_room_ = has_room(u);
  if (had_room && !has_room_) {
    log::warn("spool", "{}: {} is too full ({} bytes, {} inodes free): mail is refused until there is room", name_,
              path_, u.free_bytes, u.free_inodes);
  } else if (!had_room && has_room_) {
    log::info("spool", "{}: {} has room again", name_, path_);
  }
  return has_room_;
}

}  // namespace godwit::spool
