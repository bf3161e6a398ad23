#include "spool/file_tree.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>

#include "base/encoding.hpp"

namespace godwit::spool {

namespace {

constexpr int file_mode = 0640;
constexpr int directory_mode = 0750;
constexpr int levels = 4;  ///< aa/bb/cc/dd

struct close_directory {
  void operator()(DIR* d) const { ::closedir(d); }
};
using directory = std::unique_ptr<DIR, close_directory>;

/// Takes its own descriptor, so that several walks do not share a position.
directory open_directory(int at, const char* name) {
  const int fd = ::openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return nullptr;
  directory d(::fdopendir(fd));
  if (!d) ::close(fd);
  return d;
}

/// A directory removed meanwhile, or none of ours.
bool is_elsewhere(int error) { return error == ENOENT || error == ENOTDIR; }

bool is_dots(std::string_view name) { return name == "." || name == ".."; }

}  // namespace

std::string file_tree::name_of(const uuid& key) {
  std::string name = key.simple();
  for (const std::size_t at : {8, 6, 4, 2}) name.insert(at, 1, '/');
  return name;
}

std::optional<uuid> file_tree::key_of(std::string_view name) {
  if (name.size() != 36) return std::nullopt;
  std::string digits;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const bool at_separator = i == 2 || i == 5 || i == 8 || i == 11;
    if (at_separator != (name[i] == '/')) return std::nullopt;
    if (!at_separator) digits.push_back(name[i]);
  }
  return uuid::parse(digits);
}

error file_tree::broken(std::string_view doing, std::string_view name) const {
  return fail("spool: cannot {} {}/{}: {}", doing, path_, name, std::strerror(errno));
}

result<file_tree> file_tree::open(const std::string& path) {
  file_tree tree;
  tree.path_ = path;
  std::error_code failed;
  for (const auto* sub : {"new", "data"}) {
    std::filesystem::create_directories(path + "/" + sub, failed);
    if (failed) return fail("spool: cannot create {}/{}: {}", path, sub, failed.message());
  }
  const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
  tree.fresh_ = file_descriptor(::open((path + "/new").c_str(), flags));
  tree.records_ = file_descriptor(::open((path + "/data").c_str(), flags));
  if (!tree.fresh_.is_open() || !tree.records_.is_open()) return tree.broken("open", "");
  struct stat info {};
  if (::fstat(tree.records_.get(), &info) != 0) return tree.broken("examine", "data");
  tree.device_ = info.st_dev;
  if (auto locked = tree.take_lock(); !locked) return locked.why();
  tree.remove_leftovers();
  return tree;
}

result<void> file_tree::take_lock() {
  // Nothing stays open for writing, so that the file system can be remounted under us.
  const auto file = path_ + "/lock";
  lock_ = file_descriptor(::open(file.c_str(), O_RDONLY | O_CREAT | O_CLOEXEC, file_mode));
  if (!lock_.is_open()) return broken("open", "lock");
  if (::flock(lock_.get(), LOCK_EX | LOCK_NB) != 0) {
    char owner[16] = {};
    const auto size = ::pread(lock_.get(), owner, sizeof owner - 1, 0);
    const std::string_view pid(owner, size > 0 ? static_cast<std::size_t>(size) : 0);
    return fail("spool: {} is in use by process {}: stop it first", path_, pid.substr(0, pid.find('\n')));
  }
  const auto pid = fmt::format("{}\n", ::getpid());
  const file_descriptor text(::open(file.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC));
  if (!text.is_open() || ::write(text.get(), pid.data(), pid.size()) < 0) return broken("write", "lock");
  return {};
}

void file_tree::remove_leftovers() {
  const auto listing = open_directory(fresh_.get(), ".");
  if (!listing) return;
  while (const auto* e = ::readdir(listing.get())) {
    if (!is_dots(e->d_name)) ::unlinkat(fresh_.get(), e->d_name, 0);
  }
}

result<void> file_tree::write_all(int fd, std::string_view head, std::string_view tail) const {
  iovec parts[] = {{const_cast<char*>(head.data()), head.size()}, {const_cast<char*>(tail.data()), tail.size()}};
  for (iovec* at = parts; at != std::end(parts);) {
    const auto wrote = ::writev(fd, at, static_cast<int>(std::end(parts) - at));
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return broken("write to", "new");
    auto left = static_cast<std::size_t>(wrote);
    for (; at != std::end(parts) && left >= at->iov_len; ++at) left -= at->iov_len;
    if (at == std::end(parts)) break;
    at->iov_base = static_cast<char*>(at->iov_base) + left;
    at->iov_len -= left;
  }
  return {};
}

result<void> file_tree::stage(const uuid& key, std::string_view head, std::string_view tail) {
  const auto name = key.simple();
  const file_descriptor file(
      ::openat(fresh_.get(), name.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, file_mode));
  if (!file.is_open()) return broken("create new", name);
  return write_all(file.get(), head, tail);
}

bool file_tree::make_directory(const std::string& name) const {
  for (int attempt = 0; attempt < 2; ++attempt) {
    if (::mkdirat(records_.get(), name.c_str(), directory_mode) == 0 || errno == EEXIST) return true;
    if (errno != ENOENT || name.size() < 3 || !make_directory(name.substr(0, name.size() - 3))) return false;
  }
  return false;
}

result<void> file_tree::publish(const uuid& key) {
  const auto from = key.simple();
  const auto to = name_of(key);
  const auto leaf = to.substr(0, to.rfind('/'));
  // Keys begin with the low time field, so nearly every record needs a new leaf. A walk may remove a directory
  // between its creation and its use: try again then.
  for (int attempt = 0; attempt < 8; ++attempt) {
    if (make_directory(leaf) && ::renameat(fresh_.get(), from.c_str(), records_.get(), to.c_str()) == 0) return {};
    if (errno != ENOENT) break;
  }
  return broken("rename to data", to);
}

void file_tree::discard(const uuid& key) { ::unlinkat(fresh_.get(), key.simple().c_str(), 0); }

result<void> file_tree::erase(const uuid& key) {
  auto name = name_of(key);
  if (::unlinkat(records_.get(), name.c_str(), 0) != 0) {
    if (errno == ENOENT) return {};
    return broken("remove data", name);
  }
  name.resize(name.rfind('/'));
  while (::unlinkat(records_.get(), name.c_str(), AT_REMOVEDIR) == 0 && name.size() > 2) name.resize(name.size() - 3);
  return {};
}

result<void> file_tree::flush() const {
  if (::syncfs(records_.get()) != 0) return broken("flush", "data");
  return {};
}

result<std::optional<std::string>> file_tree::load(const uuid& key) const {
  const auto name = name_of(key);
  const file_descriptor file(::openat(records_.get(), name.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open() && errno == ENOENT) return std::optional<std::string>{};
  struct stat info {};
  if (!file.is_open() || ::fstat(file.get(), &info) != 0) return broken("open data", name);
  std::string bytes(static_cast<std::size_t>(info.st_size), '\0');
  for (std::size_t have = 0; have < bytes.size();) {
    const auto got = ::read(file.get(), bytes.data() + have, bytes.size() - have);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return broken("read data", name);
    if (got == 0) return fail("spool: {}/data/{} became shorter while it was read", path_, name);
    have += static_cast<std::size_t>(got);
  }
  return std::optional(std::move(bytes));
}

result<bool> file_tree::contains(const uuid& key) const {
  const auto name = name_of(key);
  if (::faccessat(records_.get(), name.c_str(), F_OK, 0) == 0) return true;
  if (is_elsewhere(errno)) return false;
  return broken("look for data", name);
}

/// False when `visit` wants no more. What cannot be listed is skipped, and told in `outcome`.
bool file_tree::walk_level(int at, std::string& name, int depth, const std::function<bool(const uuid&)>& visit,
                           result<void>& outcome) const {
  const auto listing = open_directory(at, name.empty() ? "." : name.c_str());
  if (!listing) {
    if (!is_elsewhere(errno)) outcome = broken("list data", name);
    return true;
  }
  const auto length = name.size();
  bool is_empty = true;
  for (;;) {
    errno = 0;
    const auto* e = ::readdir(listing.get());
    if (e == nullptr) break;
    if (is_dots(e->d_name)) continue;
    is_empty = false;
    name.append(length == 0 ? "" : "/").append(e->d_name);
    bool goes_on = true;
    if (depth < levels) {
      goes_on = walk_level(at, name, depth + 1, visit, outcome);
    } else if (const auto key = key_of(name)) {
      goes_on = visit(*key);
    }
    name.resize(length);
    if (!goes_on) return false;
  }
  if (errno != 0 && !is_elsewhere(errno)) {
    outcome = broken("list data", name);
  } else if (is_empty && depth > 0) {
    ::unlinkat(at, name.c_str(), AT_REMOVEDIR);
  }
  return true;
}

result<void> file_tree::walk(const std::function<bool(const uuid&)>& visit) const {
  std::string name;
  result<void> outcome;
  walk_level(records_.get(), name, 0, visit, outcome);
  return outcome;
}

result<void> file_tree::probe() {
  const uuid key = uuid::make_v4();
  auto outcome = stage(key, "probe", {});
  if (outcome) outcome = flush();
  discard(key);
  return outcome;
}

}  // namespace godwit::spool
