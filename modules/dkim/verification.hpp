#pragma once
// One msg:dkim_verify() call: fetches the keys of all signatures at once, then answers the script.

#include <memory>

#include <godwit/async.hpp>
#include <godwit/call.hpp>

#include "message_parts.hpp"
#include "verifier.hpp"

namespace dkim {

/// Lives until the last look-up is answered; used on the call's loop only.
class verification : public std::enable_shared_from_this<verification> {
 public:
  static void start(godwit::sdk::message_view m, godwit::sdk::deferred_call call);

  verification(godwit::sdk::message_view m, godwit::sdk::deferred_call call);

 private:
  void look_up_keys();
  void found(std::size_t index, const godwit::sdk::answer& a);
  void finish();

  godwit::sdk::held_message message_;
  godwit::sdk::deferred_call call_;
  message_parts parts_;
  std::unique_ptr<verifier> verifier_;
  std::vector<key_lookup> keys_;
  std::size_t waiting_ = 0;
};

}  // namespace dkim
