#pragma once
// Delivery sessions and batches of the fake host; include <godwit/testing/fake_host.hpp>.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <godwit/host.hpp>
#include <godwit/testing/fake_message.hpp>

namespace godwit::sdk::testing {

/// An outcome with copies of its texts.
struct fake_outcome {
  std::int64_t recipient = -1;
  int32_t kind = GODWIT_TRANSIENT;
  int code = 0;
  std::string content;
  std::int64_t retry_after_ns = 0;
};

inline fake_outcome keep_outcome(std::int64_t recipient, const godwit_outcome& o) {
  return {recipient, o.kind, o.code, std::string(to_view(o.content)), o.retry_after_ns};
}

}  // namespace godwit::sdk::testing

struct godwit_session {
  godwit_value settings;
  std::string ready_queue = "unspecified->example.org@test", site = "example.org", routing_domain = "example.org",
              source = "unspecified";
  void* context = nullptr;
  bool is_opened = false;
  std::optional<godwit::sdk::testing::fake_outcome> failure;  ///< of open
  std::string peer_name, peer_address;
};

struct godwit_delivery {
  godwit_session* session = nullptr;
  std::vector<godwit_message*> messages;
  /// By message, in order of arrival; shared with the test, since the module frees the delivery.
  std::shared_ptr<std::vector<std::vector<godwit::sdk::testing::fake_outcome>>> outcomes;
};
