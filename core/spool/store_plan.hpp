#pragma once
// Which records one store() writes for its messages, and what becomes of messages and body counts when that has
// succeeded or failed.

#include <vector>

#include "base/result.hpp"
#include "spool/arrivals.hpp"
#include "spool/body_table.hpp"
#include "spool/request.hpp"

namespace godwit::spool {

class committer;

/// Lives in the storing coroutine. Unless settled with success, its destruction takes back what it did to the body
/// counts, so an exception on the way leaves nothing behind.
class store_plan {
 public:
  store_plan(body_table& bodies, arrivals& recent, committer& target)
      : bodies_(bodies), recent_(recent), committer_(target) {}
  ~store_plan();
  store_plan(const store_plan&) = delete;
  store_plan& operator=(const store_plan&) = delete;

  /// Null request: nothing is dirty.
  result<request_ref> build(const std::vector<mail::message*>& messages, bool wants_sync);
  void succeed();

 private:
  struct step {
    mail::message* message;
    uuid previous_body;  ///< shared_body_id before
  };

  void add_data(mail::message& m, bool is_shared);
  bool refer_to_body(const mail::message& m, bool is_shared);
  void add_meta(mail::message& m);
  bool was_created(const uuid& body) const;

  body_table& bodies_;
  arrivals& recent_;
  committer& committer_;
  request_ref request_;
  std::vector<step> steps_;
  std::vector<uuid> created_, acquired_;
  bool is_done_ = false;
};

}  // namespace godwit::spool
