#include "mail_directory.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "descriptor.hpp"
#include "file_calls.hpp"

namespace maildir {

namespace {

void write_all(int fd, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const auto n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) give_up("cannot write " + path);
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

/// In tmp until keep().
class draft {
 public:
  explicit draft(std::string path) : path_(std::move(path)) {}
  draft(const draft&) = delete;
  ~draft() {
    if (!path_.empty()) ::unlink(path_.c_str());
  }

  void write(const godwit::sdk::message_data& data, const std::optional<mode_t>& mode) const {
    descriptor fd(::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode.value_or(0666)));
    if (!fd.is_open()) give_up("cannot create " + path_);
    if (mode && ::fchmod(fd.get(), *mode) != 0) give_up("cannot set the mode of " + path_);
    for (const auto piece : data) write_all(fd.get(), piece, path_);
    flush(fd.get(), path_);
    if (!fd.close()) give_up("cannot write " + path_);
  }

  void keep(const std::string& as) {
    if (::rename(path_.c_str(), as.c_str()) != 0) give_up("cannot move to " + as);
    path_.clear();
  }

 private:
  std::string path_;
};

/// The host name as part of a file name: no slash, no colon.
std::string quoted_host() {
  std::string out;
  for (const char c : godwit::sdk::server_info("hostname")) {
    if (c == '/') out += "\\057";
    else if (c == ':') out += "\\072";
    else out += c;
  }
  return out;
}

}  // namespace

std::string unique_name(std::size_t size) {
  static std::atomic<std::uint64_t> deliveries{0};
  const auto now = std::chrono::duration_cast<std::chrono::microseconds>(godwit::sdk::now().time_since_epoch()).count();
  return fmt::format("{}.M{}P{}Q{}.{},S={}", now / 1'000'000, now % 1'000'000, ::getpid(), ++deliveries, quoted_host(), size);
}

std::string mail_directory::store(const godwit::sdk::message_data& data) const {
  const auto tmp = path_ + "/tmp", fresh = path_ + "/new";
  for (const auto& part : {tmp, fresh, path_ + "/cur"}) directories_.make(part, modes_.directory);
  const auto name = unique_name(data.size());
  draft d(tmp + "/" + name);
  d.write(data, modes_.file);
  d.keep(fresh + "/" + name);
  flush_directory(fresh);
  return name;
}

}  // namespace maildir
