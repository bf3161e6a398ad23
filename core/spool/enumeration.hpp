#pragma once
// One pass over the spooled messages at start, in the blocking pool, while the server already receives and sends.

#include <atomic>
#include <chrono>
#include <functional>

#include "spool/arrivals.hpp"
#include "spool/body_table.hpp"
#include "spool/committer.hpp"
#include "spool/record_store.hpp"

namespace godwit::spool {

class enumeration {
 public:
  using found = std::function<void(mail::message_ref)>;

  /// Ends early, with an error, once `must_stop` is true.
  enumeration(record_store& from, body_table& bodies, arrivals& recent, committer& target,
              const std::atomic<bool>& must_stop)
      : store_(from), bodies_(bodies), recent_(recent), committer_(target), must_stop_(must_stop) {}

  /// Lists, completes the body counts, sweeps what a crash left. Blocks. Whatever the outcome, it is over for `recent` then.
  result<std::size_t> run(const found& visit);

 private:
  result<std::size_t> list_all(const found& visit);
  void list(const uuid& id, std::string_view record, const found& visit);
  void report_progress();
  result<void> sweep();

  record_store& store_;
  body_table& bodies_;
  arrivals& recent_;
  committer& committer_;
  const std::atomic<bool>& must_stop_;
  std::size_t listed_ = 0, damaged_ = 0;
  std::chrono::steady_clock::time_point started_, reported_;
};

}  // namespace godwit::spool
