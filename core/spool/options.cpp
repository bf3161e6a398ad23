#include "spool/options.hpp"

#include "spool/kind_registry.hpp"

#include <array>
#include <charconv>

#include "base/text.hpp"

namespace godwit::config {

using namespace std::string_view_literals;
using spool::compression;
using spool::store_kind;

template <>
struct codec<store_kind> {
  static std::string type() { return "\"RocksDB\", \"LocalDisk\", or a kind of a module"; }

  static void read(store_kind& out, const value& v, problems& p, const std::string& path) {
    const auto* text = v.as_string();
    if (!text) return detail::wrong_type(p, path, type(), v);
    for (const auto& kind : {store_kind::rocks_db, store_kind::local_disk}) {
      if (iequals(kind.name, *text)) return void(out = kind);
    }
    if (const auto provided = spool::demand_kind(*text)) return void(out = {spool::lasting_name(provided->name)});
    p.push_back({path, spool::why_no_kind(*text)});
    p.back().awaits_module = true;
  }

  static value render(const store_kind& v) { return std::string(v.name); }
};

template <>
struct enum_names<compression> {
  static constexpr std::array all{
      std::pair{"None"sv, compression::none},   std::pair{"Snappy"sv, compression::snappy},
      std::pair{"Zlib"sv, compression::zlib},   std::pair{"Bz2"sv, compression::bz2},
      std::pair{"Lz4"sv, compression::lz4},     std::pair{"Lz4hc"sv, compression::lz4hc},
      std::pair{"Zstd"sv, compression::zstd}};
};

template <>
struct codec<spool::free_threshold> {
  static std::string type() { return "\"N%\" or integer"; }

  static void read(spool::free_threshold& out, const value& v, problems& p, const std::string& path) {
    if (const auto* text = v.as_string(); text && text->ends_with('%')) return read_percent(out, *text, p, path);
    const auto n = detail::read_integer(v);
    if (!n || *n < 0) return detail::wrong_type(p, path, type(), v);
    out = {.is_percent = false, .amount = static_cast<std::uint64_t>(*n)};
  }

  static value render(const spool::free_threshold& v) {
    if (v.is_percent) return fmt::format("{}%", v.amount);
    return static_cast<std::int64_t>(v.amount);
  }

 private:
  static void read_percent(spool::free_threshold& out, std::string_view text, problems& p, const std::string& path) {
    const auto digits = trim(text.substr(0, text.size() - 1));
    std::uint64_t n = 0;
    const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), n);
    if (failed != std::errc{} || end != digits.data() + digits.size() || n > 100) {
      p.push_back({path, fmt::format("\"{}\" is no percentage, use 0% to 100%", text)});
      return;
    }
    out = {.is_percent = true, .amount = n};
  }
};

template <>
struct table_of<spool::rocks_options> {
  static const options<spool::rocks_options>& get();
};

}  // namespace godwit::config

namespace godwit::spool {

namespace {

using rocks_table = config::options<rocks_options>;

void describe_tuning(rocks_table& t) {
  using o = rocks_options;
  t.field("increase_parallelism", &o::increase_parallelism, "Background threads for flush and compaction.")
      .field("optimize_level_style_compaction", &o::optimize_level_style_compaction,
             "Memtable budget in bytes with level compaction; not together with the universal one.")
      .field("optimize_universal_style_compaction", &o::optimize_universal_style_compaction,
             "Memtable budget in bytes with universal compaction.")
      .field("paranoid_checks", &o::paranoid_checks,
             "Stop writing after a failed write of the log: without it what follows a torn record may be lost.")
      .field("compression_type", &o::compression_type, "Compression of SST and blob files.")
      .field("compaction_readahead_size", &o::compaction_readahead_size, "Bytes read at once by compaction.")
      .field("level_compaction_dynamic_level_bytes", &o::level_compaction_dynamic_level_bytes, "Dynamic level sizes.")
      .field("max_open_files", &o::max_open_files, "Files kept open; none: all.")
      .field("write_buffer_size", &o::write_buffer_size,
             "Bytes of a memtable; mail delivered while its memtable is active is never written twice.")
      .field("level0_stop_writes_trigger", &o::level0_stop_writes_trigger, "Number of level 0 files that stops writes.")
      .field("log_level", &o::log_level, "What RocksDB may say in the diagnostic log (tag rocksdb): Debug, Info, Warn, Error, Fatal or Header.")
      .field("memtable_huge_page_size", &o::memtable_huge_page_size, "Back memtables by huge pages of this size.")
      .field("log_file_time_to_roll", &o::log_file_time_to_roll, "Accepted and without effect: there is no log file of its own.")
      .field("obsolete_files_period", &o::obsolete_files_period, "Time between scans for obsolete files.");
}

void describe_limits(rocks_table& t) {
  using o = rocks_options;
  t.field("limit_concurrent_stores", &o::limit_concurrent_stores,
          "Accepted and without effect: one committer writes, nothing else waits inside the database.")
      .field("limit_concurrent_loads", &o::limit_concurrent_loads,
             "Accepted and without effect: the threads of the spool's pool are the limit.")
      .field("limit_concurrent_removes", &o::limit_concurrent_removes, "As limit_concurrent_stores.")
      .field("store_deadline", &o::store_deadline,
             "How long a session waits for its message to be stored: 451 4.4.5 spool write timed out.")
      .field("error_latch_duration", &o::error_latch_duration,
             "A commit that takes longer makes the spool unhealthy; an I/O error does so at once.")
      .field("error_unlatch_duration", &o::error_unlatch_duration,
             "Longest pause between attempts to write again after an error; they begin after two seconds.")
      .field("allow_error_unlatch", &o::allow_error_unlatch,
             "Accept mail again once a test write succeeds; otherwise not before a restart.");
}

std::optional<std::string> check_rocks(const rocks_options& o) {
  constexpr std::array levels{"Debug", "Info", "Warn", "Error", "Fatal", "Header"};
  if (o.optimize_level_style_compaction && o.optimize_universal_style_compaction) {
    return "optimize_level_style_compaction and optimize_universal_style_compaction exclude each other";
  }
  if (std::find(levels.begin(), levels.end(), o.log_level) == levels.end()) {
    return fmt::format("log_level \"{}\" is not one of Debug, Info, Warn, Error, Fatal, Header", o.log_level);
  }
  return std::nullopt;
}

std::optional<std::string> check_store(const store_options& o) {
  if (o.name != "data" && o.name != "meta") return fmt::format("name \"{}\" must be \"data\" or \"meta\"", o.name);
  if (o.path.empty()) return "path is empty";
  return std::nullopt;
}

}  // namespace

const config::options<store_options>& store_option_table() {
  static const auto table = [] {
    using o = store_options;
    config::options<store_options> t("define_spool", "One of the two stores of the spool.");
    t.required("name", &o::name, "\"data\" (bodies) or \"meta\" (envelopes and metadata).")
        .required("path", &o::path, "Directory, created when missing.")
        .field("kind", &o::kind, "Storage backend.")
        .field("flush", &o::flush, "250 means on disk: flush each group of messages before it is acknowledged.")
        .field("min_free_space", &o::min_free_space, "Below it new messages are refused.")
        .field("min_free_inodes", &o::min_free_inodes, "Below it new messages are refused.")
        .field("rocks_params", &o::rocks_params, "Tuning of RocksDB, and the deadlines of either kind.")
        .rule(check_store);
    return t;
  }();
  return table;
}

}  // namespace godwit::spool

const godwit::config::options<godwit::spool::rocks_options>&
godwit::config::table_of<godwit::spool::rocks_options>::get() {
  static const auto table = [] {
    spool::rocks_table t("rocks_params", "Tuning of a RocksDB store.");
    spool::describe_tuning(t);
    spool::describe_limits(t);
    t.rule(spool::check_rocks);
    return t;
  }();
  return table;
}
