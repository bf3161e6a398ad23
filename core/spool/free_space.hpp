#pragma once
// Free space and inodes of a directory's file system against their thresholds, published as gauges
// (disk_free_bytes and its relatives).

#include <memory>
#include <string>

#include "metrics/registry.hpp"
#include "spool/options.hpp"

namespace godwit::spool {

/// What statvfs tells, in bytes and inodes.
struct disk_usage {
  std::uint64_t free_bytes = 0, total_bytes = 0;
  std::uint64_t free_inodes = 0, total_inodes = 0;
};

bool is_below(const free_threshold& limit, std::uint64_t free, std::uint64_t total);

class free_space {
 public:
  /// `name` labels the gauges: "data spool".
  free_space(std::string name, std::string path, free_threshold bytes, free_threshold inodes);

  /// Looks at the disk and updates the gauges. True: there is room. Cannot look: as before.
  bool check();
  /// The decision alone, for the numbers given.
  bool has_room(const disk_usage& u) const;

 private:
  std::string name_, path_;
  free_threshold min_bytes_, min_inodes_;
  bool has_room_ = true;
  std::shared_ptr<metrics::gauge> bytes_, percent_, inodes_, inodes_percent_;
};

}  // namespace godwit::spool
