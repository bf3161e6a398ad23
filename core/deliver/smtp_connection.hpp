#pragma once
// A connection to one candidate, greeted, encrypted and authenticated as the path asks: ready for messages.

#include <functional>
#include <memory>
#include <string>

#include "deliver/connection_list.hpp"
#include "deliver/connection_plan.hpp"
#include "deliver/smtp_agent.hpp"
#include "queue/delivery_agent.hpp"
#include "smtp/client_session.hpp"

namespace godwit::deliver {

/// What a session wants of each of its connections; a copy, because the queue may change its own between messages.
struct connection_settings {
  queue::egress_path_config path;
  queue::egress_source_config source;
  std::string site;
  std::string ready_queue;
  std::function<void(std::string_view)> on_progress = {};  ///< smtp::client_options
  std::string routing_domain = {};                         ///< of the ready queue, for operators who watch
};

struct smtp_connection {
  std::unique_ptr<listed_connection> listed;     ///< while it is open
  std::unique_ptr<smtp::client_session> client;  ///< null: `why` says what happened
  queue::delivery_trace trace;
  std::string why;
  failure_cause cause = failure_cause::other;
};

/// The arguments outlive the wait.
rt::task<smtp_connection> open_connection(smtp_agent_state& shared, const connection_settings& settings,
                                          const candidate& to);

}  // namespace godwit::deliver
