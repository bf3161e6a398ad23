#include "mail/time_zone.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <mutex>
#include <unordered_map>

#include "base/file_descriptor.hpp"
#include "base/text.hpp"

namespace godwit::mail {
namespace {

constexpr std::string_view directory = "/usr/share/zoneinfo/";
constexpr std::size_t header_size = 44;
constexpr std::size_t file_limit = 1 << 20;

/// Counts of one data block (RFC 8536 3.1), in the order of the file.
struct block_counts {
  std::uint32_t is_utc, is_standard, leap, time, type, chars;

  std::size_t size(std::size_t time_size) const {
    return time * (time_size + 1) + type * 6 + chars + leap * (time_size + 4) + is_standard + is_utc;
  }
};

std::int64_t big_endian(std::string_view bytes, std::size_t at, std::size_t width) {
  std::uint64_t n = static_cast<unsigned char>(bytes[at]) & 0x80 ? ~std::uint64_t{0} : 0;
  for (std::size_t i = 0; i < width; ++i) n = n << 8 | static_cast<unsigned char>(bytes[at + i]);
  return static_cast<std::int64_t>(n);
}

std::optional<block_counts> read_header(std::string_view bytes) {
  if (bytes.size() < header_size || !bytes.starts_with("TZif") || bytes[4] < '2') return std::nullopt;
  std::uint32_t n[6];
  for (std::size_t i = 0; i < 6; ++i) {
    n[i] = static_cast<std::uint32_t>(big_endian(bytes, 20 + 4 * i, 4));
    if (n[i] > file_limit) return std::nullopt;
  }
  return block_counts{n[0], n[1], n[2], n[3], n[4], n[5]};
}

/// Only names that lead to a zone file: the name comes from message senders.
bool is_zone_name(std::string_view name) {
  if (name.empty() || name.size() > 64 || name.front() == '/' || name.find("..") != name.npos) return false;
  if (name.starts_with("right/") || name.starts_with("posix/")) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' ||
           c == '_' || c == '-' || c == '+';
  });
}

std::optional<std::string> read_zone_file(std::string_view name) {
  const std::string path = std::string(directory).append(name);
  const file_descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat about;
  if (!file.is_open() || ::fstat(file.get(), &about) != 0 || !S_ISREG(about.st_mode)) return std::nullopt;
  if (about.st_size <= 0 || static_cast<std::size_t>(about.st_size) > file_limit) return std::nullopt;
  std::string bytes(static_cast<std::size_t>(about.st_size), '\0');
  const ssize_t got = ::read(file.get(), bytes.data(), bytes.size());
  if (got != about.st_size) return std::nullopt;
  return bytes;
}

}  // namespace

result<time_zone> time_zone::parse(std::string_view bytes) {
  const auto bad = fail("not a time zone file of version 2 or later");
  const auto first = read_header(bytes);
  if (!first || bytes.size() < header_size + first->size(4)) return bad;
  bytes.remove_prefix(header_size + first->size(4));  // the 32-bit block is for old readers
  const auto counts = read_header(bytes);
  if (!counts || counts->type == 0 || bytes.size() < header_size + counts->size(8)) return bad;
  const std::size_t times = header_size, kinds = times + counts->time * 8, types = kinds + counts->time;

  time_zone zone;
  const auto offset_of = [&](std::size_t type) {
    return static_cast<std::int32_t>(big_endian(bytes, types + type * 6, 4));
  };
  zone.first_offset_ = offset_of(0);
  for (std::size_t i = 0; i < counts->time; ++i) {
    const auto type = static_cast<unsigned char>(bytes[kinds + i]);
    if (type >= counts->type) return bad;
    zone.transitions_.push_back({big_endian(bytes, times + 8 * i, 8), offset_of(type)});
  }
  auto footer = bytes.substr(header_size + counts->size(8));
  if (footer.starts_with('\n')) footer.remove_prefix(1);
  zone.forever_ = posix_zone::parse(footer.substr(0, footer.find('\n')));
  return zone;
}

result<std::shared_ptr<const time_zone>> time_zone::find(std::string_view name) {
  static std::mutex guard;
  static std::unordered_map<std::string, std::shared_ptr<const time_zone>> known;
  const std::lock_guard lock(guard);
  if (const auto at = known.find(std::string(name)); at != known.end()) return at->second;

  const auto remember = [&](time_zone zone) {
    return known.emplace(name, std::make_shared<const time_zone>(std::move(zone))).first->second;
  };
  const auto bytes = is_zone_name(name) ? read_zone_file(name) : std::nullopt;
  if (!bytes) {
    if (name == "UTC" || name == "Etc/UTC") return remember(time_zone());
    return fail("'{}' is not a known time zone: write an IANA name as in Europe/Paris", name);
  }
  auto zone = parse(*bytes);
  if (!zone) return fail("time zone '{}': {}", name, zone.why().text);
  return remember(*std::move(zone));
}

std::chrono::seconds time_zone::offset_at(std::chrono::sys_seconds utc) const {
  const std::int64_t t = utc.time_since_epoch().count();
  const auto after = std::upper_bound(transitions_.begin(), transitions_.end(), t,
                                      [](std::int64_t wanted, const transition& x) { return wanted < x.at; });
  if (after == transitions_.end() && forever_) return std::chrono::seconds(forever_->offset_at(t));
  return std::chrono::seconds(after == transitions_.begin() ? first_offset_ : std::prev(after)->offset);
}

std::chrono::local_seconds time_zone::to_local(std::chrono::sys_seconds utc) const {
  return std::chrono::local_seconds(utc.time_since_epoch() + offset_at(utc));
}

std::chrono::sys_seconds time_zone::to_utc(std::chrono::local_seconds local) const {
  // Offsets a day earlier and later frame any single change between them.
  const std::chrono::sys_seconds as_utc(local.time_since_epoch());
  const auto before = offset_at(as_utc - std::chrono::days(1));
  const auto after = offset_at(as_utc + std::chrono::days(1));
  for (const auto offset : {before, after})
    if (offset_at(as_utc - offset) == offset) return as_utc - offset;
  return as_utc - before;  // skipped: the clock that was running shows how far past the gap's start it is
}

}  // namespace godwit::mail
