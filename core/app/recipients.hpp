#pragma once
// Recipients as operators are shown them.

#include <string>

#include "mail/message.hpp"

namespace godwit::app {

/// "a@example.com,b@example.com".
inline std::string recipients_of(const mail::message& m) {
  std::string all;
  for (const auto& r : m.recipients) all += (all.empty() ? "" : ",") + r.email();
  return all;
}

}  // namespace godwit::app
