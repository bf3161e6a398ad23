#pragma once
// What the committer hands to a store: puts and erases of records, in groups.

#include <cstdint>
#include <string_view>

#include "base/uuid.hpp"

namespace godwit::spool {

/// The two named stores.
enum class table : std::uint8_t { data, meta };

/// One change of one record. The value of a put is head and tail joined; both are borrowed and live as long as the
/// group, so that a body is never copied to put header lines in front of it.
struct operation {
  enum class kind : std::uint8_t { put, erase };

  kind what = kind::put;
  table where = table::data;
  bool is_body = false;   ///< a body stored apart: one of many recipients
  bool is_fresh = false;  ///< nothing was under this key: taken back when the group fails
  uuid key;
  std::string_view head{}, tail{};

  std::size_t size() const { return head.size() + tail.size(); }
  operation inverse() const { return {.what = kind::erase, .where = where, .is_body = is_body, .key = key}; }
};

}  // namespace godwit::spool
