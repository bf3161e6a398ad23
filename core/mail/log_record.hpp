#pragma once
// One event in the life of a message (KumoMTA: log records), and where such records go.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/duration.hpp"
#include "base/uuid.hpp"
#include "base/value.hpp"
#include "mail/message.hpp"
#include "mail/response.hpp"

namespace godwit::mail {

enum class record_type {
  reception,
  delivery,
  bounce,
  transient_failure,
  expiration,
  admin_bounce,
  oob,
  feedback,
  rejection,
  admin_rebind,
  deferred_injection_rebind,
  delayed,
  xfer_out,
  xfer_in,
};
std::string_view record_type_name(record_type t);  ///< "Reception", "TransientFailure", …
std::optional<record_type> record_type_from(std::string_view name);

struct peer {
  std::string name;
  std::string addr;
};

/// Values of one record; strings are copies, so that a sink may keep it.
struct log_record {
  record_type type = record_type::reception;
  std::string id;
  std::string sender;
  std::vector<std::string> recipients;
  std::string queue;
  std::string site;
  std::uint64_t size = 0;
  mail::response response;
  std::optional<peer> peer_address;
  wall_time timestamp;
  wall_time created;
  std::uint16_t num_attempts = 0;
  std::string bounce_classification = "Uncategorized";
  std::optional<std::string> egress_pool;
  std::optional<std::string> egress_source;
  std::optional<value> source_address;  ///< {address, [server], [protocol]}
  std::optional<value> feedback_report;
  std::optional<std::string> delivery_protocol;
  std::optional<std::string> reception_protocol;
  std::optional<std::string> tls_cipher;
  std::optional<std::string> tls_protocol_version;
  std::vector<std::string> tls_peer_subject_name;
  std::optional<std::string> provider_name;
  std::optional<std::string> session_id;
  /// Of what came in by SMTP: "192.0.2.1:42601". Not among the fields of the JSON log.
  std::optional<std::string> peer_endpoint, local_endpoint;
};

/// What the engine writes records to. submit() is called on any thread, must not block longer than its
/// documented back pressure, and copies what it keeps. `m` is the message the record is about (its owner is
/// the caller), null for events without one.
class record_sink {
 public:
  virtual ~record_sink() = default;
  virtual void submit(const log_record& record, const message_ref& m) = 0;
};

}  // namespace godwit::mail
