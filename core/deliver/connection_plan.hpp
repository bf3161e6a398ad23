#pragma once
// The addresses that one delivery session may connect to, in order, or the response that settles the whole ready queue
// because there are none (KumoMTA: ready queues).

#include <optional>
#include <string>
#include <vector>

#include "deliver/site_plan.hpp"
#include "mail/log_record.hpp"
#include "queue/egress_path.hpp"
#include "queue/egress_source.hpp"
#include "queue/insert_context.hpp"

namespace godwit::deliver {

struct candidate {
  std::string host;
  ip_endpoint to;

  std::string text() const;  ///< "mx.example.com/192.0.2.1"
  std::string text_with_port() const;
};

struct plan_refusal {
  mail::record_type type;
  mail::response response;
  queue::insert_context why;
};

struct connection_plan {
  std::vector<candidate> candidates;
  std::optional<plan_refusal> refusal;
};

/// Hosts of a level are shuffled, then looked up by the path's ip_lookup_strategy. The arguments outlive the wait.
rt::task<connection_plan> make_connection_plan(dns::resolver& names, const site_plan& site,
                                               const queue::egress_path_config& path,
                                               const queue::egress_source_config& source);

}  // namespace godwit::deliver
