#pragma once
// What every inbound session needs, made once: the events of reception, the spool, the queue, the records.

#include <functional>
#include <optional>
#include <string>

#include "hook/table.hpp"
#include "mail/log_record.hpp"
#include "queue/manager.hpp"
#include "spool/spool.hpp"

namespace godwit::receive {

/// The events of reception, looked up once: an event without a handler then costs one flag test.
struct events {
  explicit events(hook::table& hooks);

  hook::event& connection_accepted;
  hook::event& ehlo;
  hook::event& mail_from;
  hook::event& rcpt_to;
  hook::event& data;
  hook::event& split_transaction;
  hook::event& message_received;
  hook::event& auth_plain;
  hook::event& get_listener_domain;
  hook::event& rewrite_response;
  hook::event& dynamic_parameters;
};

/// One for the daemon; sessions of all loops use it at once. Outlives them.
struct service {
  receive::events events;
  spool::spool& store;
  queue::manager& queues;
  mail::record_sink& records;
  /// Why no mail can be taken now ("load shedding. Try later"); nullopt when all is well. Cheap: asked per connection.
  std::function<std::optional<std::string>()> refusal;
};

}  // namespace godwit::receive
