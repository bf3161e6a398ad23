#pragma once
// A message being received, queued or delivered. It has one owner at a time (session, queue or delivery);
// only the owner changes it, so it carries no lock. The body is immutable and shared by the messages of one
// transaction.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/duration.hpp"
#include "base/uuid.hpp"
#include "base/value.hpp"
#include "mail/address.hpp"
#include "mail/residence.hpp"
#include "mail/schedule.hpp"

namespace godwit::mail {

/// Immutable bytes of a received message, shared by reference. `id` names these bytes for life: the spool
/// keeps a body of many recipients once under it, and message::shared_body_id equals it while that record
/// exists.
struct body {
  std::string bytes;
  uuid id = uuid::make_v1();
  bool is_8bit = false;         ///< some byte above 127
  bool needs_stuffing = false;  ///< some line starts with a dot: the sender must look at lines
  [[no_unique_address]] residence<resident::body> counted = {};
};

using body_ref = std::shared_ptr<const body>;

/// A body with its flags found by one scan.
body_ref make_body(std::string bytes, const uuid& id = uuid::make_v1());

/// Bytes of a message: header lines this message added in front, then the shared body.
struct content {
  std::string prefix;
  body_ref base;

  std::size_t size() const { return prefix.size() + (base ? base->bytes.size() : 0); }
  bool is_loaded() const { return base != nullptr; }
  std::string join() const;  ///< a copy of everything: for scripts that ask
  bool is_8bit() const;      ///< some byte above 127 in prefix or body
};

class message {
 public:
  message(uuid spool_id, address from, std::vector<address> to)
      : id(spool_id), sender(std::move(from)), recipients(std::move(to)) {}

  const uuid id;
  address sender;
  std::vector<address> recipients;
  object meta;
  std::optional<mail::schedule> schedule;
  mail::content content;  ///< base is null when the body is not in memory

  std::uint16_t attempts = 0;    ///< deliveries tried; memory only
  std::optional<wall_time> due;  ///< set by msg:set_due; memory only
  bool force_sync = false;       ///< msg:set_force_sync
  bool meta_dirty = true;        ///< differs from the spooled record
  bool data_dirty = true;
  bool is_spooled = false;  ///< has a record on disk

  wall_time created() const { return id.created(); }
  duration age(wall_time now) const { return now - created(); }

  const value* get_meta(std::string_view key) const { return meta.find(key); }
  std::string_view get_meta_string(std::string_view key) const;  ///< empty when absent or no string
  void set_meta(std::string_view key, value v);

  // Header edits; each marks data dirty. Names are case-insensitive. A prepend keeps the shared body shared;
  // the others give the message a body of its own and need the body in memory.
  void prepend_header(std::string_view name, std::string_view value);
  void append_header(std::string_view name, std::string_view value);
  void remove_all_named_headers(std::string_view name);
  std::optional<std::string> first_header(std::string_view name) const;  ///< unfolded, not decoded
  std::vector<std::string> all_headers(std::string_view name) const;
  void set_data(std::string bytes);
  /// The header block as one string, without the empty line.
  std::string header_block() const;

  /// {"sender","recipient","meta","schedule"} and, when the body is stored apart, "body"
  /// (KumoMTA: spool).
  std::string encode_meta() const;
  static result<std::unique_ptr<message>> decode_meta(const uuid& id, std::string_view json);
  /// Body id named by the spooled record; nil when the body is the message's own. Only the spool and
  /// decode_meta set it.
  uuid shared_body_id;

 private:
  [[no_unique_address]] residence<resident::message> counted_;
};

using message_ref = std::shared_ptr<message>;

}  // namespace godwit::mail
