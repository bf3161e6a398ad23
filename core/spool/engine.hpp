#pragma once
// The spool itself: puts store, committer, body counts and watchdog together.

#include <atomic>
#include <shared_mutex>

#include "metrics/registry.hpp"
#include "spool/arrivals.hpp"
#include "spool/body_table.hpp"
#include "spool/committer.hpp"
#include "spool/record_store.hpp"
#include "spool/spool.hpp"
#include "spool/ticker.hpp"
#include "spool/watchdog.hpp"

namespace godwit::spool {

class engine : public spool {
 public:
  engine(std::unique_ptr<record_store> target, const store_options& data, const store_options& meta, rt::blocking_pool& pool);
  ~engine() override;

  rt::task<result<void>> store(mail::message& m) override;
  rt::task<result<void>> store_all(std::vector<mail::message*> messages) override;
  void remove(const mail::message& m) override;
  rt::task<result<mail::message_ref>> load_meta(const uuid& id) override;
  rt::task<result<void>> load_data(mail::message& m) override;
  rt::task<result<std::size_t>> enumerate(std::function<void(mail::message_ref)> found) override;
  health state() const override;
  std::string state_reason() const override;
  void close() override;

 private:
  /// Runs `work` in the pool unless the spool is closed; close() waits for what runs.
  template <class F>
  auto read(F work) -> rt::task<std::invoke_result_t<F>>;
  result<mail::message_ref> read_meta(const uuid& id);
  result<mail::content> read_data(const uuid& id, const uuid& shared_body);
  result<mail::body_ref> read_body(const uuid& id);

  std::unique_ptr<record_store> store_;
  rt::blocking_pool& pool_;
  const bool flush_;
  body_table bodies_;
  arrivals recent_;
  committer committer_;
  watchdog watchdog_;
  ticker removals_;  ///< may hang in the disk as the committer does; the watchdog must not
  std::shared_mutex readers_;
  std::atomic<bool> is_closed_{false};
  std::shared_ptr<metrics::histogram> save_latency_, data_latency_, meta_latency_;
};

}  // namespace godwit::spool
