#include "spool/group_journal.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace godwit::spool {

namespace {

/// The file grows by this much, written as zeros: later flushes then need no metadata of the file system.
constexpr std::size_t growth = 2 * 1024 * 1024;

bool write_at(int fd, std::string_view bytes, std::uint64_t at) {
  while (!bytes.empty()) {
    const auto wrote = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(at));
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(wrote));
    at += static_cast<std::uint64_t>(wrote);
  }
  return true;
}

/// As much of the file as there is. False: errno says why.
bool read_all(int fd, std::string& bytes) {
  struct stat info {};
  if (::fstat(fd, &info) != 0) return false;
  bytes.resize(static_cast<std::size_t>(info.st_size));
  std::size_t have = 0;
  while (have < bytes.size()) {
    const auto got = ::pread(fd, bytes.data() + have, bytes.size() - have, static_cast<off_t>(have));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return false;
    if (got == 0) break;
    have += static_cast<std::size_t>(got);
  }
  bytes.resize(have);
  return true;
}

std::uint64_t random_mark() {
  const auto random = uuid::make_v4();
  std::uint64_t mark = 0;
  std::memcpy(&mark, random.bytes.data(), sizeof mark);
  return mark;
}

}  // namespace

error group_journal::broken(std::string_view doing) const {
  return fail("spool: cannot {} {}: {}", doing, path_, std::strerror(errno));
}

result<journal_contents> group_journal::load(std::string& bytes) {
  const file_descriptor file(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open() && errno == ENOENT) return journal_contents{};
  if (!file.is_open()) return broken("open");
  if (!read_all(file.get(), bytes)) return broken("read");
  auto contents = read_journal(bytes);
  is_empty_ = contents.groups.empty();
  is_damaged_ = contents.damaged > 0;
  if (is_damaged_ || contents.end == 0) return contents;
  if (auto ready = go_on(file, contents); !ready) return ready.why();
  return contents;
}

/// Behind the last whole group, where a crash may have left the beginning of another.
result<void> group_journal::go_on(const file_descriptor& file, const journal_contents& left) {
  struct stat info {};
  flushed_ = file_descriptor(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
  if (!flushed_.is_open() || ::fstat(file.get(), &info) != 0) return broken("open");
  size_ = static_cast<std::uint64_t>(info.st_size);
  mark_ = left.mark;
  used_ = left.end;
  is_ready_ = true;
  return {};
}

result<void> group_journal::start_anew(std::uint64_t sequence) {
  is_ready_ = false;
  if (auto kept = keep_damaged(); !kept) return kept;
  const file_descriptor file(::open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0640));
  flushed_ = file_descriptor(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat info {};
  if (!file.is_open() || !flushed_.is_open() || ::fstat(file.get(), &info) != 0) return broken("open");
  size_ = static_cast<std::uint64_t>(info.st_size);
  // One group may be larger than the limit; the file does not stay so.
  if (size_ > size_limit_ && ::ftruncate(file.get(), static_cast<off_t>(size_limit_)) != 0) return broken("shorten");
  size_ = std::min(size_, size_limit_);
  mark_ = random_mark();
  const auto first = encode_group({}, mark_, sequence);
  if (!write_at(file.get(), first, 0) || ::fdatasync(flushed_.get()) != 0) return broken("start");
  if (auto named = flush_directory(); !named) return named;
  used_ = first.size();
  size_ = std::max(size_, used_);
  is_empty_ = true;
  is_ready_ = true;
  return {};
}

result<void> group_journal::keep_damaged() {
  if (is_damaged_ && std::rename(path_.c_str(), (path_ + ".damaged").c_str()) != 0) return broken("rename");
  is_damaged_ = false;
  return {};
}

result<void> group_journal::flush_directory() const {
  const file_descriptor directory(::open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.is_open() || ::fsync(directory.get()) != 0) return broken("flush the directory of");
  return {};
}

bool group_journal::has_room(std::size_t bytes) const {
  return is_ready_ && (is_empty_ || used_ + bytes <= size_limit_);
}

result<void> group_journal::extend(const file_descriptor& file, std::uint64_t end) {
  static const std::string zeros(growth, '\0');
  const auto step = std::string_view(zeros).substr(0, size_limit_);
  while (size_ < end) {
    if (!write_at(file.get(), step, size_)) return broken("extend");
    size_ += step.size();
  }
  return {};
}

result<void> group_journal::append(std::span<const operation> group, std::uint64_t sequence) {
  const auto bytes = encode_group(group, mark_, sequence);
  const file_descriptor file(::open(path_.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file.is_open()) return broken("open");
  if (auto grown = extend(file, used_ + bytes.size()); !grown) return grown;
  if (!write_at(file.get(), bytes, used_)) return broken("write to");
  used_ += bytes.size();
  is_empty_ = false;
  is_flushed_ = false;
  return {};
}

result<void> group_journal::flush() {
  is_flushed_ = true;  // before it is: what is appended meanwhile may not be
  if (::fdatasync(flushed_.get()) == 0) return {};
  is_ready_ = false;
  return broken("flush");
}

result<void> group_journal::flush_rest() { return is_ready_ && !is_flushed_ ? flush() : result<void>{}; }

}  // namespace godwit::spool
