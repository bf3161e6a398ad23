#pragma once
// What a crash leaves of a directory, before any of its changes: what the kernel had when the process was killed, and what a
// disk may hold after a power cut, where of all that was not flushed each part may have arrived or not.

#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <random>
#include <string>

#include "bad_disk.hpp"

namespace godwit::test {

class crashing_disk : public disk_watcher {
 public:
  explicit crashing_disk(unsigned seed) : random_(seed) {}

  /// From now on of this directory, all of which is taken as flushed.
  void watch(std::filesystem::path root);
  /// Before the change that comes after `spared` others: what the crash leaves is written to the two directories, then `noted`
  /// is called.
  void crash_after(int spared, std::filesystem::path killed, std::filesystem::path cut, std::function<void()> noted);
  void forget_crash();

  void before_change() override;
  void after_flush(disk_call call, int fd) override;

 private:
  struct file {
    ino_t number = 0;
    std::string bytes;
    bool operator==(const file&) const = default;
  };
  using files = std::map<std::string, file>;  ///< by path below the root

  static files read(const std::filesystem::path& root);
  void keep_file(const std::string& name);
  void keep_names(const std::string& directory);
  void cut_power(const files& now);
  std::string mixed(const std::string& old, const std::string& fresh);
  std::string of_journal(const file* old, const file* fresh);
  /// False: it is not there.
  bool of_record(const file* old, const file* fresh, std::string& bytes);
  unsigned any(unsigned below) { return static_cast<unsigned>(random_() % below); }

  std::mutex mutex_;
  std::mt19937 random_;
  std::filesystem::path root_, killed_, cut_;
  files flushed_, nameless_;  ///< nameless: bytes flushed, the directory not
  int spared_ = -1;
  std::function<void()> noted_;
};

}  // namespace godwit::test
