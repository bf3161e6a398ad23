// A layer between a program and its disk, for LD_PRELOAD: keeps apart what has been flushed. After a SIGKILL the
// directory still holds what the kernel had in memory, which a power cut would have taken; the copy that this layer kept
// holds only what fsync, fdatasync, syncfs and sync have promised. tests/harness/unsynced.py puts it in place.
//
// UNSYNCED_ROOT: the directory watched. UNSYNCED_COPY: where the copy is kept, with its directories made before:
//   files/KEY   bytes of a file at its last flush
//   dirs/KEY    entries of a directory at its last flush: "KIND KEY NAME" a line
//   root        KEY of the root
// A KEY is inode and time of birth: names come and go, and inode numbers are used again.

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string_view>

#include "preloaded.hpp"

namespace {

using preloaded::real;

/// What stands in the file system under the descriptor.
struct node {
  bool is_directory = false;
  std::string key;
};

bool look(int at, const char* name, node& out) {
  struct statx s {};
  const int flags = AT_SYMLINK_NOFOLLOW | (*name == '\0' ? AT_EMPTY_PATH : 0);
  if (::statx(at, name, flags, STATX_BASIC_STATS | STATX_BTIME, &s) != 0) return false;
  out.is_directory = S_ISDIR(s.stx_mode);
  out.key = std::to_string(s.stx_ino) + "-" + std::to_string(s.stx_btime.tv_sec) + "-" + std::to_string(s.stx_btime.tv_nsec);
  return out.is_directory || S_ISREG(s.stx_mode);
}

/// Never throws: it runs inside calls of a program that expects an errno.
class layer {
 public:
  layer() {
    const char* root = std::getenv("UNSYNCED_ROOT");
    const char* copy = std::getenv("UNSYNCED_COPY");
    if (root == nullptr || copy == nullptr) return;
    root_ = root;
    copy_ = copy;
    keep_all();
  }

  void keep(int fd) {
    if (!covers(fd)) return;
    const std::lock_guard lock(mutex_);
    if (node n; look(fd, "", n)) keep_node(fd, n);
  }
  /// The whole tree: syncfs, sync, and the state at start, which is taken as flushed.
  void keep_all() {
    if (root_.empty()) return;
    const std::lock_guard lock(mutex_);
    const int fd = ::open(root_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (node n; fd >= 0 && look(fd, "", n)) {
      keep_tree(fd, n);
      write_file(copy_ + "/root", n.key);
    }
    ::close(fd);
  }

 private:
  bool covers(int fd) const {
    return !root_.empty() && preloaded::path_of(fd).starts_with(root_);
  }

  void keep_node(int fd, const node& n) { n.is_directory ? keep_directory(fd, n) : keep_bytes(fd, n); }

  void keep_tree(int fd, const node& n) {
    keep_node(fd, n);
    if (!n.is_directory) return;
    each_entry(fd, [&](const char* name, const node& entry) {
      const int inner = ::openat(fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
      if (inner < 0) return;
      keep_tree(inner, entry);
      ::close(inner);
    });
  }

  void keep_directory(int fd, const node& n) {
    std::string listing;
    each_entry(fd, [&](const char* name, const node& entry) {
      listing += std::string(entry.is_directory ? "d " : "f ") + entry.key + " " + name + "\n";
    });
    write_file(copy_ + "/dirs/" + n.key, listing);
  }

  void keep_bytes(int fd, const node& n) {
    std::string bytes;
    char block[1 << 16];
    // By its own descriptor: the program's may be open for writing only.
    const int in = ::open(("/proc/self/fd/" + std::to_string(fd)).c_str(), O_RDONLY | O_CLOEXEC);
    if (in < 0) return;
    for (ssize_t got; (got = ::read(in, block, sizeof block)) > 0;) bytes.append(block, static_cast<std::size_t>(got));
    ::close(in);
    write_file(copy_ + "/files/" + n.key, bytes);
  }

  template <class F>
  static void each_entry(int fd, F visit) {
    DIR* entries = ::fdopendir(::openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (entries == nullptr) return;
    while (const auto* e = ::readdir(entries)) {
      const std::string_view name = e->d_name;
      node n;
      if (name != "." && name != ".." && look(fd, e->d_name, n)) visit(e->d_name, n);
    }
    ::closedir(entries);
  }

  /// Renamed into place: a SIGKILL leaves the former state, whose flush had returned.
  static void write_file(const std::string& path, const std::string& bytes) {
    const auto fresh = path + ".new";
    if (FILE* out = std::fopen(fresh.c_str(), "we")) {
      std::fwrite(bytes.data(), 1, bytes.size(), out);
      std::fclose(out);
      std::rename(fresh.c_str(), path.c_str());
    }
  }

  std::string root_, copy_;
  std::mutex mutex_;
};

layer& the_layer() {
  static auto* instance = new layer;
  return *instance;
}

/// After the flush has succeeded, and before the program hears of it.
int flushed(int outcome, int fd) {
  if (outcome == 0) the_layer().keep(fd);
  return outcome;
}

const bool is_ready = (the_layer(), true);

}  // namespace

extern "C" {

int fsync(int fd) {
  static auto* const call = real<int(int)>("fsync");
  return flushed(call(fd), fd);
}

int fdatasync(int fd) {
  static auto* const call = real<int(int)>("fdatasync");
  return flushed(call(fd), fd);
}

int syncfs(int fd) noexcept {
  static auto* const call = real<int(int)>("syncfs");
  const int outcome = call(fd);
  if (outcome == 0) the_layer().keep_all();
  return outcome;
}

void sync() noexcept {
  static auto* const call = real<void()>("sync");
  call();
  the_layer().keep_all();
}
}
