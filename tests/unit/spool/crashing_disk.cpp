#include "crashing_disk.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <iterator>

namespace godwit::test {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t sector = 512;

std::string bytes_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write(const fs::path& path, const std::string& bytes) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
}

bool is_journal(const std::string& name) { return fs::path(name).stem() == "journal"; }
bool is_staged(const std::string& name) { return fs::path(name).parent_path().filename() == "new"; }

}  // namespace

crashing_disk::files crashing_disk::read(const fs::path& root) {
  files all;
  for (const auto& e : fs::recursive_directory_iterator(root)) {
    struct stat info {};
    if (!e.is_regular_file() || ::stat(e.path().c_str(), &info) != 0) continue;
    all[e.path().lexically_relative(root)] = {info.st_ino, bytes_of(e.path())};
  }
  return all;
}

void crashing_disk::watch(fs::path root) {
  const std::lock_guard lock(mutex_);
  root_ = std::move(root);
  flushed_ = read(root_);
  nameless_.clear();
}

void crashing_disk::crash_after(int spared, fs::path killed, fs::path cut, std::function<void()> noted) {
  const std::lock_guard lock(mutex_);
  spared_ = spared;
  killed_ = std::move(killed);
  cut_ = std::move(cut);
  noted_.swap(noted);  // the former is the caller's now: directories may end with it
}

void crashing_disk::forget_crash() {
  const std::lock_guard lock(mutex_);
  spared_ = -1;
}

void crashing_disk::before_change() {
  const std::lock_guard lock(mutex_);
  if (spared_ < 0 || spared_-- > 0) return;
  const auto now = read(root_);
  for (const auto* sub : {"data", "meta"}) fs::create_directories(cut_ / sub);
  for (const auto& [name, f] : now) write(killed_ / name, f.bytes);
  cut_power(now);
  noted_();
}

void crashing_disk::after_flush(disk_call call, int fd) {
  const std::lock_guard lock(mutex_);
  std::error_code none;
  const auto path = fs::read_symlink("/proc/self/fd/" + std::to_string(fd), none);
  const auto name = path.lexically_relative(root_).string();
  if (root_.empty() || name.empty() || name.starts_with("..")) return;
  if (call == disk_call::syncfs) {
    flushed_ = read(root_);
    nameless_.clear();
  } else if (fs::is_directory(path)) {
    keep_names(name);
  } else {
    keep_file(name);
  }
}

void crashing_disk::keep_file(const std::string& name) {
  struct stat info {};
  if (::stat((root_ / name).c_str(), &info) != 0) return;
  const auto known = flushed_.find(name);
  const bool has_name = known != flushed_.end() && known->second.number == info.st_ino;
  (has_name ? flushed_ : nameless_)[name] = {info.st_ino, bytes_of(root_ / name)};
}

void crashing_disk::keep_names(const std::string& directory) {
  std::erase_if(nameless_, [&](auto& one) {
    if (fs::path(one.first).parent_path() != directory) return false;
    flushed_[one.first] = std::move(one.second);
    return true;
  });
}

void crashing_disk::cut_power(const files& now) {
  files all = flushed_;
  all.insert(now.begin(), now.end());
  const auto in = [](const files& some, const std::string& name) {
    const auto at = some.find(name);
    return at == some.end() ? nullptr : &at->second;
  };
  for (const auto& [name, unused] : all) {
    if (is_staged(name)) continue;
    const auto *old = in(flushed_, name), *fresh = in(now, name);
    std::string bytes;
    if (is_journal(name)) {
      if (old == nullptr && any(2) == 0) continue;
      write(cut_ / name, of_journal(old, fresh));
    } else if (of_record(old, fresh, bytes)) {
      write(cut_ / name, bytes);
    }
  }
}

/// One file is written in place: of what was not flushed, any sector may have arrived.
std::string crashing_disk::of_journal(const file* old, const file* fresh) {
  if (fresh == nullptr) return old->bytes;
  if (old == nullptr) return mixed({}, fresh->bytes);
  if (old->number == fresh->number) return mixed(old->bytes, fresh->bytes);
  return any(2) == 0 ? old->bytes : mixed({}, fresh->bytes);
}

std::string crashing_disk::mixed(const std::string& old, const std::string& fresh) {
  const unsigned how = any(4), until = any(static_cast<unsigned>(fresh.size() / sector + 1));
  std::string bytes = old;
  for (std::size_t at = 0; at < fresh.size(); at += sector) {
    const bool has_arrived = how == 0 || (how == 1 && any(2) == 0) || (how == 2 && at / sector < until);
    if (!has_arrived) continue;
    const auto size = std::min(sector, fresh.size() - at);
    if (bytes.size() < at + size) bytes.resize(at + size);
    bytes.replace(at, size, fresh, at, size);
  }
  return bytes;
}

/// Records are renamed into place: a name may arrive before its bytes.
bool crashing_disk::of_record(const file* old, const file* fresh, std::string& bytes) {
  if (old && fresh && *old == *fresh) {
    bytes = old->bytes;
    return true;
  }
  const auto how = any(3);
  if (how == 0 || !fresh) {
    if (old && (how != 1 || fresh)) bytes = old->bytes;
    return old && (how != 1 || fresh);
  }
  bytes = how == 1 ? fresh->bytes : fresh->bytes.substr(0, any(static_cast<unsigned>(fresh->bytes.size() + 1)));
  return true;
}

}  // namespace godwit::test
