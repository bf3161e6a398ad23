#pragma once
// A policy, an agent and a record sink that tests write scripts for.

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "queue/delivery_agent.hpp"
#include "queue/policy.hpp"

namespace godwit::queue::test {

/// Set the members before the manager starts, or under change().
class scripted_policy final : public policy {
 public:
  std::function<result<queue_config>(const mail::queue_name&)> on_queue = [](const auto&) { return queue_config{}; };
  std::function<result<egress_pool_config>(const std::string&)> on_pool = [](const auto& name) {
    return result<egress_pool_config>(fail("no pool {}", name));
  };
  std::function<result<egress_source_config>(const std::string&)> on_source = [](const auto& name) {
    egress_source_config s;
    s.name = name;
    return s;
  };
  std::function<result<egress_path_config>(const std::string&)> on_path = [](const auto&) { return egress_path_config{}; };
  std::function<std::optional<mail::response>(mail::message_ref, const mail::response&, std::string_view, bool)> on_requeue;
  std::function<void(mail::message_ref)> on_throttle_insert;
  std::function<std::optional<int>(const mail::response&)> on_rewrite;
  std::atomic<bool> hangs_in_requeue{false};
  std::atomic<std::size_t> queue_calls{0}, path_calls{0};

  template <class F>
  void change(F set) {
    const std::lock_guard lock(guard_);
    set(*this);
  }

  rt::task<result<queue_config>> get_queue_config(const mail::queue_name& name) override {
    ++queue_calls;
    co_await pause();
    const std::lock_guard lock(guard_);
    co_return on_queue(name);
  }
  rt::task<result<egress_pool_config>> get_egress_pool(const std::string& name) override {
    const std::lock_guard lock(guard_);
    co_return on_pool(name);
  }
  rt::task<result<egress_source_config>> get_egress_source(const std::string& name) override {
    const std::lock_guard lock(guard_);
    co_return on_source(name);
  }
  rt::task<result<egress_path_config>> get_egress_path_config(const std::string&, const std::string& source,
                                                              const std::string&) override {
    ++path_calls;
    co_await pause();
    const std::lock_guard lock(guard_);
    co_return on_path(source);
  }
  bool has_requeue_message() const override { return static_cast<bool>(on_requeue); }
  rt::task<std::optional<mail::response>> requeue_message(mail::message_ref m, const mail::response& r, std::string_view why,
                                                          bool increment, std::optional<duration>) override {
    if (hangs_in_requeue) co_await rt::sleep_for(std::chrono::minutes(10));
    co_return on_requeue(m, r, why, increment);
  }
  bool has_throttle_insert() const override { return static_cast<bool>(on_throttle_insert); }
  rt::task<> throttle_insert_ready_queue(mail::message_ref m) override {
    on_throttle_insert(m);
    co_return;
  }
  bool has_rewrite_status() const override { return static_cast<bool>(on_rewrite); }
  rt::task<std::optional<int>> rewrite_delivery_status(const mail::response& r, const mail::queue_name&) override {
    co_return on_rewrite(r);
  }

 private:
  /// Policies suspend: so does this one, once.
  static rt::task<> pause() {
    auto here = co_await asio::this_coro::executor;
    co_await asio::post(here, rt::use_task);
  }
  std::mutex guard_;
};

using session_script = std::function<rt::task<>(std::shared_ptr<work_source>)>;

class scripted_agent final : public delivery_agent {
 public:
  explicit scripted_agent(session_script script) : script_(std::move(script)) {}

  std::atomic<bool> fails_to_resolve{false};
  std::atomic<std::size_t> sessions{0}, open{0}, most_open{0};

  rt::task<result<site>> resolve(const std::string& routing_domain, const protocol_config&) override {
    if (fails_to_resolve) co_return fail("no such domain");
    co_return site{routing_domain, "smtp_client", nullptr};
  }
  rt::task<> run_session(std::shared_ptr<work_source> work) override {
    ++sessions;
    const struct counted {
      std::atomic<std::size_t>& n;
      ~counted() { --n; }
    } counted{open};
    const auto now_open = ++open;
    auto most = most_open.load();
    while (most < now_open && !most_open.compare_exchange_weak(most, now_open)) {
    }
    co_await script_(work);
  }

 private:
  session_script script_;
};

class record_keeper final : public mail::record_sink {
 public:
  void submit(const mail::log_record& r, const mail::message_ref&) override {
    {
      const std::lock_guard lock(guard_);
      records_.push_back(r);
    }
    changed_.notify_all();
  }

  std::vector<mail::log_record> all(std::optional<mail::record_type> type = {}) const {
    const std::lock_guard lock(guard_);
    std::vector<mail::log_record> found;
    for (const auto& r : records_) {
      if (!type || r.type == *type) found.push_back(r);
    }
    return found;
  }

  /// Waits for `n` records of the type and returns them; fewer when ten seconds are over.
  std::vector<mail::log_record> wait_for(mail::record_type type, std::size_t n = 1) const {
    std::unique_lock lock(guard_);
    changed_.wait_for(lock, std::chrono::seconds(10), [&] {
      return static_cast<std::size_t>(std::count_if(records_.begin(), records_.end(),
                                                    [&](const auto& r) { return r.type == type; })) >= n;
    });
    lock.unlock();
    return all(type);
  }

 private:
  mutable std::mutex guard_;
  mutable std::condition_variable changed_;
  std::vector<mail::log_record> records_;
};

}  // namespace godwit::queue::test
