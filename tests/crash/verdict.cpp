// Why: judges the spool after a kill. Acknowledged and not removed: must be there and whole. Removed: may be there
// again once (its removal was not flushed), but not after a clean close. Anything listed must be whole.
#include "verdict.hpp"

#include <asio/co_spawn.hpp>
#include <asio/use_future.hpp>

#include "rt/blocking_pool.hpp"
#include "rt/loop.hpp"
#include "spool/record_store.hpp"
#include "spool/spool.hpp"

namespace godwit::crash {

/// The spool with one loop to ask it from.
class open_spool {
 public:
  explicit open_spool(const settings& s) : loops_(1) {
    loops_.start();
    auto opened = spool::open(stores(s), pool_);
    if (!opened) {
      fmt::print(stderr, "FAILED: the spool does not open: {}\n", opened.why().text);
      std::exit(1);
    }
    spool_ = std::move(*opened);
  }
  spool::spool& operator*() { return *spool_; }

  template <class F>
  void run(F body) {
    asio::co_spawn(loops_.at(0).io(), std::move(body), asio::use_future).get();
  }
  bool is_present(const uuid& id, bool& is_intact) {
    bool present = false;
    run([&]() -> rt::task<> {
      auto m = co_await spool_->load_meta(id);
      present = m.ok();
      if (present) is_intact = co_await is_loaded_whole(**m);
    });
    return present;
  }
  rt::task<bool> is_loaded_whole(mail::message& m) {
    auto loaded = co_await spool_->load_data(m);
    if (!loaded) co_return false;
    // The line is the message's own prefix, or joined with a body that is not shared.
    const auto joined = m.content.join();
    std::string_view bytes = joined;
    constexpr std::string_view line = "X-Trace: prefix\r\n";
    if (bytes.starts_with(line)) bytes.remove_prefix(line.size());
    co_return is_whole(bytes);
  }

 private:
  rt::blocking_pool pool_{"verdict", 2};
  rt::loop_group loops_;
  std::unique_ptr<spool::spool> spool_;
};

void verdict::hear(std::string_view line) {
  const auto id = line.size() == 34 ? uuid::parse(line.substr(2)) : std::nullopt;
  if (!id) return;
  if (line[0] == 'A') acknowledged_.insert(*id);
  if (line[0] == 'R') removed_.insert(*id);
}

int verdict::check(bool is_last) {
  int broken = 0;
  {
    open_spool s(settings_);
    broken += check_present(s);
    broken += check_listed(s);
    remove_some(s, is_last);
    (*s).close();
  }
  return is_last ? broken + check_empty() : broken;
}

int verdict::check_present(open_spool& s) {
  int broken = 0;
  for (const auto& id : acknowledged_) {
    if (removed_.contains(id)) continue;
    bool is_intact = false;
    if (s.is_present(id, is_intact) && is_intact) continue;
    fmt::print(stderr, "FAILED: acknowledged message {} is {}\n", id.simple(), is_intact ? "lost" : "lost or damaged");
    ++broken;
  }
  return broken;
}

int verdict::check_listed(open_spool& s) {
  int broken = 0;
  listed_.clear();
  s.run([&]() -> rt::task<> {
    auto count = co_await (*s).enumerate([&](mail::message_ref m) { listed_.push_back(std::move(m)); });
    if (!count) ++broken;
    for (const auto& m : listed_) {
      const bool is_intact = co_await s.is_loaded_whole(*m);
      m->content = {};
      if (is_intact && !gone_.contains(m->id)) continue;
      fmt::print(stderr, "FAILED: listed message {} is {}\n", m->id.simple(), is_intact ? "back again" : "damaged");
      ++broken;
    }
  });
  return broken;
}

void verdict::remove_some(open_spool& s, bool all) {
  for (std::size_t i = 0; i < listed_.size(); ++i) {
    if (!all && i % 2 == 0) continue;
    gone_.insert(listed_[i]->id);
    acknowledged_.erase(listed_[i]->id);
    (*s).remove(*listed_[i]);
  }
  // What was to be removed and is no longer listed must not return either.
  for (const auto& m : listed_) removed_.erase(m->id);
  gone_.insert(removed_.begin(), removed_.end());
  for (const auto& id : removed_) acknowledged_.erase(id);
  removed_.clear();
}

/// All messages are gone: no body may be left behind.
int verdict::check_empty() {
  const auto all = stores(settings_);
  auto store = spool::open_store(all[0], all[1]);
  if (!store) return 1;
  int left = 0;
  const auto count = [&](const uuid& key) {
    fmt::print(stderr, "FAILED: record {} is left behind\n", key.simple());
    ++left;
    return true;
  };
  if (!(*store)->each_loose_body(count)) ++left;
  if (!(*store)->each_meta([&](const uuid& key, std::string_view) { return count(key); })) ++left;
  (*store)->close();
  return left;
}

}  // namespace godwit::crash
