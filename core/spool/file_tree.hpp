#pragma once
// The directory of one LocalDisk store (KumoMTA: spool): `lock` (pid file), `new/` (files being written) and
// `data/aa/bb/cc/dd/REST`, where aa to dd are the first four bytes of the key in hexadecimal and REST the others.

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/file_descriptor.hpp"
#include "base/result.hpp"
#include "base/uuid.hpp"

namespace godwit::spool {

/// Writers (stage, publish, erase) never have the same key at a time; any thread reads and walks meanwhile.
class file_tree {
 public:
  /// "aa/bb/cc/dd/REST", and back from the five names.
  static std::string name_of(const uuid& key);
  static std::optional<uuid> key_of(std::string_view name);

  /// Creates what is missing, takes the lock, removes leftovers in new/.
  static result<file_tree> open(const std::string& path);

  /// Writes the record under new/.
  result<void> stage(const uuid& key, std::string_view head, std::string_view tail);
  /// Moves a staged record to its place.
  result<void> publish(const uuid& key);
  /// Removes a staged record that shall not be published.
  void discard(const uuid& key);
  /// Removes a record and the directories it leaves empty; an absent one is fine.
  result<void> erase(const uuid& key);

  /// Flushes everything dirty of the file system this tree is on.
  result<void> flush() const;
  dev_t device() const { return device_; }

  result<std::optional<std::string>> load(const uuid& key) const;
  result<bool> contains(const uuid& key) const;
  /// Visits every key until `visit` returns false; removes empty directories on its way.
  result<void> walk(const std::function<bool(const uuid&)>& visit) const;
  /// Writes, flushes and removes a small file.
  result<void> probe();

 private:
  file_tree() = default;
  result<void> take_lock();
  void remove_leftovers();
  result<void> write_all(int fd, std::string_view head, std::string_view tail) const;
  bool make_directory(const std::string& name) const;
  bool walk_level(int directory, std::string& name, int depth, const std::function<bool(const uuid&)>& visit,
                  result<void>& outcome) const;
  error broken(std::string_view doing, std::string_view name) const;

  std::string path_;
  file_descriptor lock_, fresh_, records_;
  dev_t device_ = 0;
};

}  // namespace godwit::spool
