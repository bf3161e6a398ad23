// Any order of groups, removals beside them, failing disk calls, restarts in order, killed processes and power cuts, against a
// model of what has been acknowledged. GODWIT_SPOOL_STEPS: how long, in steps for each kind; GODWIT_SPOOL_SEED: where to begin.
#include <cstdlib>
#include <deque>
#include <future>
#include <map>
#include <optional>

#include "crashing_disk.hpp"
#include "fixture.hpp"
#include "spool/local_store.hpp"
#include "spool/rocks_store.hpp"

namespace godwit::test {

using spool::durability;
using spool::operation;
using spool::record_store;
using spool::table;

namespace {

using place = std::pair<table, uuid>;
using text = std::optional<std::string>;  ///< none: there is no record
using contents = std::map<place, std::string>;

std::string described(const text& t) { return t ? fmt::format("\"{}\" of {} bytes", t->substr(0, t->find(' ')), t->size()) : "nothing"; }

int steps(int usual) {
  const auto* wanted = std::getenv("GODWIT_SPOOL_STEPS");
  return wanted ? std::atoi(wanted) : usual;
}

unsigned seed() {
  const auto* wanted = std::getenv("GODWIT_SPOOL_SEED");
  return wanted ? static_cast<unsigned>(std::atoi(wanted)) : 20261127;
}

/// What each key may hold.
class promises {
 public:
  using choice = std::vector<text>;

  void begin(const std::vector<operation>& group) {
    for (const auto& op : group) allow(op);
  }
  void acknowledge(const std::vector<operation>& group, durability done) {
    for (const auto& op : group) {
      live_[{op.where, op.key}] = {value_of(op)};
      if (done == durability::synced) flushed_[{op.where, op.key}] = {value_of(op)};
    }
  }
  /// All that was acknowledged so far has arrived.
  void flushed() { flushed_ = live_; }
  /// What was found is all there is.
  void found(const contents& all) {
    for (auto* some : {&live_, &flushed_}) {
      for (auto& [at, values] : *some) values = {all.contains(at) ? text(all.at(at)) : text()};
    }
  }
  void check_killed(const contents& all) const { check(live_, all); }
  void check_cut(const contents& all) const { check(flushed_, all); }

 private:
  using choices = std::map<place, choice>;

  static text value_of(const operation& op) {
    return op.what == operation::kind::erase ? text() : text(std::string(op.head).append(op.tail));
  }
  void allow(const operation& op) {
    for (auto* some : {&live_, &flushed_}) {
      auto& values = some->try_emplace({op.where, op.key}, choice{text()}).first->second;
      if (std::find(values.begin(), values.end(), value_of(op)) == values.end()) values.push_back(value_of(op));
    }
  }
  static void check(const choices& allowed, const contents& all) {
    for (const auto& [at, values] : allowed) {
      const auto is = all.find(at) == all.end() ? text() : text(all.at(at));
      std::string expected;
      for (const auto& v : values) expected += described(v) + ", ";
      const auto what = fmt::format("{} {} holds {}, expected {}", at.first == table::data ? "data" : "meta", at.second.simple(),
                                    described(is), expected);
      INFO(what);
      CHECK(std::find(values.begin(), values.end(), is) != values.end());
    }
    for (const auto& [at, unused] : all) CHECK(allowed.contains(at));
  }

  choices live_, flushed_;
};

contents records_of(record_store& s) {
  contents all;
  const auto meta = s.each_meta([&](const uuid& key, std::string_view bytes) {
    CHECK(all.emplace(place{table::meta, key}, bytes).second);
    return true;
  });
  INFO((meta ? std::string() : meta.why().text));
  REQUIRE(meta.ok());
  return all;
}

spool::store_options options(const std::filesystem::path& root, const char* name, spool::store_kind kind, bool is_paranoid = true) {
  spool::store_options o;
  o.name = name;
  o.path = (root / name).string();
  o.kind = kind;
  o.rocks_params.paranoid_checks = is_paranoid;
  return o;
}

struct local_kind {
  static constexpr int usual_steps = 1000;
  static constexpr bool is_watched = true;
  static constexpr disk_call failing[] = {disk_call::fdatasync, disk_call::fsync, disk_call::syncfs, disk_call::unlinkat,
                                          disk_call::renameat, disk_call::pwrite, disk_call::write};
  static auto open(const std::filesystem::path& root) {
    const auto kind = spool::store_kind::local_disk;
    return spool::local_store::open_pair(options(root, "data", kind), options(root, "meta", kind), 32 * 1024);
  }
};

struct rocks_kind {
  static constexpr int usual_steps = 150;
  static constexpr bool is_watched = false;
  static constexpr disk_call failing[] = {disk_call::fdatasync, disk_call::write};
  static auto open(const std::filesystem::path& root) {
    const auto kind = spool::store_kind::rocks_db;
    return spool::open_store(options(root, "data", kind), options(root, "meta", kind));
  }
};

struct careless_rocks_kind : rocks_kind {
  static auto open(const std::filesystem::path& root) {
    const auto kind = spool::store_kind::rocks_db;
    return spool::open_store(options(root, "data", kind, false), options(root, "meta", kind, false));
  }
};

struct mixed_kind : rocks_kind {
  static constexpr disk_call failing[] = {disk_call::fdatasync, disk_call::syncfs, disk_call::unlinkat, disk_call::renameat,
                                          disk_call::pwrite, disk_call::write};
  static auto open(const std::filesystem::path& root) {
    return spool::open_store(options(root, "data", spool::store_kind::local_disk), options(root, "meta", spool::store_kind::rocks_db));
  }
};

/// Where nothing waits for the disk of the machine.
std::filesystem::path quick() {
  const std::filesystem::path memory = "/dev/shm";
  return std::filesystem::exists(memory) ? memory : std::filesystem::temp_directory_path();
}

/// One that is planned, or has come.
struct crash {
  directory killed{quick()}, cut{quick()};
  promises expected;
  bool has_come = false;
};

/// The server: what its committer and its removals do with a store, as it says in record_store.hpp.
template <class Kind>
class server {
 public:
  server() : watched_(Kind::is_watched ? &disk_ : nullptr) {
    for (int i = 0; i < 24; ++i) keys_.push_back({i % 2 == 0 ? table::data : table::meta, uuid::make_v1()});
    start(lives_.emplace_back(quick()).path());
  }

  void step(int number) {
    number_ = number;
    if (any(20) == 0) fail_something();
    if (Kind::is_watched && any(4) == 0) plan_crash();
    write_group();
    if (bad_ && any(3) == 0) bad_.reset();
    if (!bad_ && is_failing_) recover();
    if (any(10) == 0) check_live();
    if (!bad_ && any(40) == 0) restart();
    if (const auto crash = take_crash()) check_crash(*crash);
    if (!Kind::is_watched && any(25) == 0) kill();
  }
  void finish() {
    disk_.forget_crash();
    bad_.reset();
    if (is_failing_) recover();
    write_group();
    check_live();
  }

 private:
  unsigned any(unsigned below) { return static_cast<unsigned>(random_() % below); }

  void start(std::filesystem::path root) {
    here_ = std::move(root);
    disk_.watch(here_);
    auto opened = Kind::open(here_);
    INFO((opened ? std::string() : opened.why().text));
    REQUIRE(opened.ok());
    store_ = std::move(*opened);
    is_failing_ = was_bad_ = false;
  }

  void fail_something() {
    bad_.reset();
    was_bad_ = true;
    bad_.emplace(Kind::failing[any(std::size(Kind::failing))], static_cast<int>(any(8)));
  }

  /// Erases before puts; what a failed group was to erase or may have left is erased in the next one.
  std::vector<operation> make_group(std::deque<std::string>& texts) {
    std::vector<operation> group;
    auto erased = std::exchange(late_, {});
    for (auto n = any(4); n > 0; --n) {
      const auto& at = keys_[any(static_cast<unsigned>(keys_.size()))];
      if (owned_.erase(at) > 0) erased.insert(at);
    }
    for (const auto& at : erased) group.push_back({.what = operation::kind::erase, .where = at.first, .key = at.second});
    std::set<place> stored;
    for (auto n = any(4); n > 0; --n) {
      const auto& at = keys_[any(static_cast<unsigned>(keys_.size()))];
      if (!stored.insert(at).second) continue;
      const auto size = any(30) == 0 ? any(50'000) : any(4000);
      texts.push_back(fmt::format("{}.{} {}", number_, texts.size(), std::string(size, 'x')));
      group.push_back({.where = at.first, .is_fresh = !owned_.contains(at), .key = at.second, .head = texts.back()});
    }
    return group;
  }

  /// Of keys that the group does not have.
  std::vector<operation> make_removals(const std::vector<operation>& group) {
    std::vector<operation> erases;
    for (auto n = any(3); n > 0; --n) {
      const auto& at = keys_[any(static_cast<unsigned>(keys_.size()))];
      const bool is_taken = std::any_of(group.begin(), group.end(), [&](const auto& op) { return op.key == at.second; });
      if (is_taken || owned_.erase(at) == 0) continue;
      erases.push_back({.what = operation::kind::erase, .where = at.first, .key = at.second});
    }
    return erases;
  }

  void write_group() {
    std::deque<std::string> texts;
    const auto group = make_group(texts);
    const auto erases = make_removals(group);
    {
      const std::lock_guard lock(mutex_);
      expected_.begin(group);
      expected_.begin(erases);
    }
    // As with flush = true: what is stored is flushed.
    const bool has_put = std::any_of(group.begin(), group.end(), [](const auto& op) { return op.what == operation::kind::put; });
    const auto wanted = has_put || any(2) == 0 ? durability::synced : durability::buffered;
    std::future<bool> beside;
    if (!erases.empty()) beside = std::async(std::launch::async, [&] { return store_->try_erase(erases); });
    std::uint64_t flushes = 0;
    const auto done = store_->commit(group, wanted, flushes);
    const bool are_erased = !erases.empty() && beside.get();
    const std::lock_guard lock(mutex_);
    if (are_erased) expected_.acknowledge(erases, durability::buffered);
    if (!are_erased) note_late(erases);
    done ? acknowledge(group, wanted) : refuse(group);
    // What was removed before is flushed with the next group.
    if (wanted == durability::synced && erases.empty() && !was_bad_) expected_.flushed();
  }

  void acknowledge(const std::vector<operation>& group, durability wanted) {
    expected_.acknowledge(group, wanted);
    for (const auto& op : group) {
      if (op.what == operation::kind::put) owned_.insert({op.where, op.key});
    }
  }

  void refuse(const std::vector<operation>& group) {
    is_failing_ = true;
    note_late(group);
  }

  void note_late(const std::vector<operation>& group) {
    for (const auto& op : group) {
      if (op.what == operation::kind::erase || op.is_fresh) late_.insert({op.where, op.key});
    }
  }

  /// The disk does what it should.
  void recover() {
    result<void> ready;
    for (int i = 0; i < 5; ++i) {
      ready = store_->probe();
      if (ready) break;
    }
    INFO((ready ? std::string() : ready.why().text));
    REQUIRE(ready.ok());
    is_failing_ = false;
  }

  contents all_of(record_store& s) {
    auto all = records_of(s);
    for (const auto& at : keys_) {
      if (at.first == table::meta) {
        CHECK(*s.contains(at.first, at.second) == all.contains(at));
        continue;
      }
      auto bytes = s.load(at.first, at.second);
      REQUIRE(bytes.ok());
      if (*bytes) all[at] = std::move(**bytes);
    }
    return all;
  }

  void check_live() { expected_.check_killed(all_of(*store_)); }

  void restart() {
    store_->close();
    store_.reset();
    start(here_);
    check_live();
  }

  void plan_crash() {
    if (planned_) return;
    planned_ = std::make_unique<crash>();
    disk_.crash_after(static_cast<int>(any(40)), planned_->killed.path(), planned_->cut.path(), [this, to = planned_.get()] {
      const std::lock_guard lock(mutex_);
      to->expected = expected_;
      to->has_come = true;
    });
  }

  std::unique_ptr<crash> take_crash() {
    const std::lock_guard lock(mutex_);
    return planned_ && planned_->has_come ? std::move(planned_) : nullptr;
  }

  /// Both outcomes of a crash are looked at; one of them may be where the server goes on.
  void check_crash(const crash& c) {
    bad_.reset();
    const bool goes_on = any(3) == 0, is_cut = any(2) == 0;
    for (const bool cut : {false, true}) {
      const auto& root = (cut ? c.cut : c.killed).path();
      auto opened = Kind::open(root);
      INFO((opened ? std::string() : opened.why().text), (cut ? " (power cut)" : " (killed)"));
      REQUIRE(opened.ok());
      const auto all = all_of(**opened);
      cut ? c.expected.check_cut(all) : c.expected.check_killed(all);
      if (goes_on && cut == is_cut) {
        live_on(root, all, std::move(*opened));
        continue;
      }
      (*opened)->close();
      CHECK(all_of(**Kind::open(root)) == all);
    }
  }

  /// Here the server was started again, and found this.
  void live_on(const std::filesystem::path& root, const contents& all, std::unique_ptr<record_store> s) {
    s.reset();  // as the next start finds it
    store_.reset();
    {
      const std::lock_guard lock(mutex_);
      expected_.found(all);
    }
    owned_.clear();
    for (const auto& [at, unused] : all) owned_.insert(at);
    late_.clear();
    std::filesystem::copy(root, lives_.emplace_back(quick()).path(), std::filesystem::copy_options::recursive);
    start(lives_.back().path());
    check_live();
  }

  /// Between two groups, when nothing is written.
  void kill() {
    bad_.reset();
    const directory after(quick());
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!is_copied(after.path())) REQUIRE(std::chrono::steady_clock::now() < until);
    auto opened = Kind::open(after.path());
    INFO((opened ? std::string() : opened.why().text));
    REQUIRE(opened.ok());
    const auto all = all_of(**opened);
    expected_.check_killed(all);
    if (any(2) == 0) live_on(after.path(), all, std::move(*opened));
  }

  /// Not while RocksDB's own threads remove files that are not needed any more.
  bool is_copied(const std::filesystem::path& to) {
    const still_disk now;
    std::error_code failed;
    std::filesystem::remove_all(to);
    std::filesystem::copy(here_, to, std::filesystem::copy_options::recursive, failed);
    return !failed;
  }

  std::mt19937 random_{seed()};
  crashing_disk disk_{seed()};
  watched_disk watched_;
  std::deque<directory> lives_;
  std::filesystem::path here_;
  std::vector<place> keys_;
  std::set<place> owned_, late_;
  std::mutex mutex_;  ///< of what a crash at any instant takes along
  promises expected_;
  std::unique_ptr<crash> planned_;  ///< until it has come
  std::optional<failing_call> bad_;
  bool is_failing_ = false;
  bool was_bad_ = false;  ///< in this life
  int number_ = 0;
  std::unique_ptr<record_store> store_;
};

}  // namespace

TEST_CASE_TEMPLATE("any order of groups, failures and crashes keeps what was acknowledged", Kind, local_kind, rocks_kind,
                   careless_rocks_kind, mixed_kind) {
  server<Kind> s;
  for (int i = 0; i < steps(Kind::usual_steps); ++i) s.step(i);
  s.finish();
}

}  // namespace godwit::test
