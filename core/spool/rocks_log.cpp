#include "spool/rocks_log.hpp"

#include <array>
#include <cstdarg>
#include <cstdio>

#include "base/text.hpp"
#include "log/log.hpp"
#include "spool/unreadable.hpp"

namespace godwit::spool {

namespace {

constexpr std::string_view tag = "rocksdb";

log::level level_of(rocksdb::InfoLogLevel l) {
  switch (l) {
    case rocksdb::WARN_LEVEL: return log::level::warn;
    case rocksdb::ERROR_LEVEL:
    case rocksdb::FATAL_LEVEL: return log::level::error;
    default: return log::level::debug;
  }
}

/// Called by any thread of the database.
class rocks_log final : public rocksdb::Logger {
 public:
  explicit rocks_log(rocksdb::InfoLogLevel least) : Logger(least) {}
  ~rocks_log() override { Close(); }

  using Logger::Logv;
  void Logv(const char* format, va_list arguments) override { Logv(rocksdb::INFO_LEVEL, format, arguments); }
  void Logv(const rocksdb::InfoLogLevel level, const char* format, va_list arguments) override {
    const auto l = level_of(level);
    if (level < GetInfoLogLevel() || !log::enabled(l, tag)) return;
    std::array<char, 2048> text{};
    const int size = std::vsnprintf(text.data(), text.size(), format, arguments);
    if (size <= 0) return;
    const auto line = trim({text.data(), std::min(static_cast<std::size_t>(size), text.size() - 1)});
    log::write(l, tag, line);
    if (l != log::level::debug && line.find("Corruption") != std::string_view::npos) count_unreadable();
  }

 protected:
  rocksdb::Status CloseImpl() override { return rocksdb::Status::OK(); }
};

}  // namespace

std::shared_ptr<rocksdb::Logger> make_rocks_log(rocksdb::InfoLogLevel least) { return std::make_shared<rocks_log>(least); }

}  // namespace godwit::spool
