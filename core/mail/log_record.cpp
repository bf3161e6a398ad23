#include "mail/log_record.hpp"

#include <array>

namespace godwit::mail {
namespace {

/// In the order of record_type.
constexpr std::array<std::string_view, 14> names{"Reception",
                                                 "Delivery",
                                                 "Bounce",
                                                 "TransientFailure",
                                                 "Expiration",
                                                 "AdminBounce",
                                                 "OOB",
                                                 "Feedback",
                                                 "Rejection",
                                                 "AdminRebind",
                                                 "DeferredInjectionRebind",
                                                 "Delayed",
                                                 "XferOut",
                                                 "XferIn"};

}  // namespace

std::string_view record_type_name(record_type t) { return names[static_cast<std::size_t>(t)]; }

std::optional<record_type> record_type_from(std::string_view name) {
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == name) return static_cast<record_type>(i);
  return std::nullopt;
}

}  // namespace godwit::mail
