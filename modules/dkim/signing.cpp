#include "signing.hpp"

#include <chrono>

#include <godwit/host.hpp>

#include "timed.hpp"

namespace dkim {

namespace sdk = godwit::sdk;

signing::signing(sdk::message_view m, sign_metrics& times)
    : times_(times), now_(std::chrono::duration_cast<std::chrono::seconds>(sdk::now().time_since_epoch()).count()) {
  const timed parsing(times_.parse);
  split_message(m.data(), parts_);
}

std::string signing::sign_with(const signer& s) const {
  const timed making(times_.sign);
  return s.sign(parts_.headers, parts_.body, now_);
}

}  // namespace dkim
