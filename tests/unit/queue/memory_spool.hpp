#pragma once
// A spool in memory with the semantics of the real one: records by id, bodies by id or shared. Thread-safe.

#include <functional>
#include <map>
#include <mutex>

#include "spool/spool.hpp"

namespace godwit::queue::test {

class memory_spool final : public spool::spool {
 public:
  rt::task<result<void>> store(mail::message& m) override {
    if (on_store) on_store();
    const std::lock_guard lock(guard_);
    ++stores_;
    if (broken_ || refuses_) co_return fail("{}", why_);
    if (m.data_dirty) data_[m.id] = m.content.join();
    meta_[m.id] = m.encode_meta();
    m.is_spooled = true;
    m.meta_dirty = m.data_dirty = false;
    co_return result<void>{};
  }

  rt::task<result<void>> store_all(std::vector<mail::message*> messages) override {
    for (auto* m : messages) {
      auto stored = co_await store(*m);
      if (!stored) co_return stored;
    }
    co_return result<void>{};
  }

  void remove(const mail::message& m) override {
    const std::lock_guard lock(guard_);
    meta_.erase(m.id);
    data_.erase(m.id);
  }

  rt::task<result<mail::message_ref>> load_meta(const uuid& id) override {
    const std::lock_guard lock(guard_);
    ++loads_;
    const auto at = meta_.find(id);
    if (at == meta_.end()) co_return fail("no such message");
    auto m = mail::message::decode_meta(id, at->second);
    if (!m) co_return m.why();
    co_return mail::message_ref(std::move(*m));
  }

  rt::task<result<void>> load_data(mail::message& m) override {
    const std::lock_guard lock(guard_);
    ++loads_;
    const auto at = data_.find(m.id);
    if (unreadable_) co_return fail("the test hides it");
    if (at == data_.end()) co_return fail("no such body");
    auto body = std::make_shared<mail::body>();
    body->bytes = at->second;
    m.content = {{}, std::move(body)};
    co_return result<void>{};
  }

  rt::task<result<std::size_t>> enumerate(std::function<void(mail::message_ref)> found) override {
    std::map<uuid, std::string> all;
    {
      const std::lock_guard lock(guard_);
      all = meta_;
    }
    for (const auto& [id, text] : all) found(mail::message_ref(std::move(*mail::message::decode_meta(id, text))));
    co_return all.size();
  }

  godwit::spool::health state() const override {
    ++looks_;
    return broken_ ? godwit::spool::health::unhealthy : godwit::spool::health::good;
  }
  std::string state_reason() const override { return "the test broke it"; }
  void close() override {}

  std::function<void()> on_store;  ///< before each write; set it before there are any

  void set_broken(bool yes) { broken_ = yes; }
  /// Before it is used: the error of its stores.
  void set_broken(bool yes, std::string why) {
    why_ = std::move(why);
    broken_ = yes;
  }
  void refuse_stores(bool yes) { refuses_ = yes; }
  /// Bodies cannot be loaded.
  void set_unreadable(bool yes) { unreadable_ = yes; }
  std::size_t size() const {
    const std::lock_guard lock(guard_);
    return meta_.size();
  }
  bool has(const uuid& id) const {
    const std::lock_guard lock(guard_);
    return meta_.contains(id);
  }
  std::string meta(const uuid& id) const {
    const std::lock_guard lock(guard_);
    const auto at = meta_.find(id);
    return at == meta_.end() ? std::string{} : at->second;
  }
  std::size_t stores() const { return stores_; }
  std::size_t loads() const { return loads_; }
  std::size_t looks() const { return looks_; }  ///< at its health

 private:
  mutable std::mutex guard_;
  std::map<uuid, std::string> meta_, data_;
  std::string why_ = "disk broken";
  std::atomic<bool> broken_{false}, refuses_{false}, unreadable_{false};
  std::atomic<std::size_t> stores_{0}, loads_{0};
  mutable std::atomic<std::size_t> looks_{0};
};

}  // namespace godwit::queue::test
