#include "metrics/catalogue.hpp"

#include <algorithm>

#include "metrics/registry.hpp"

namespace godwit::metrics {

namespace {

constexpr bool pruned = true, kept = false;
constexpr auto counts = metric_kind::counter, level = metric_kind::gauge, times = metric_kind::histogram;

// In the order of the names, for the search.
constexpr metric_doc documented[] = {
    {"bind_failures", counts, "", kept, "Connections that failed because their source address could not be bound."},
    {"connection_count", level, "service", pruned, "Connections that are open now."},
    {"connection_count_by_provider", level, "provider", pruned, "Connections to a provider that are open now."},
    {"connection_count_by_provider_and_pool", level, "provider, pool", pruned,
     "Connections to a provider that are open now, by the pool they were opened for."},
    {"delayed_due_to_message_rate_throttle", counts, "queue", pruned, "Messages delayed by a message rate."},
    {"delayed_due_to_ready_queue_full", counts, "queue", pruned, "Messages delayed because their ready queue was full."},
    {"delayed_due_to_throttle_insert_ready", counts, "queue", pruned, "Messages delayed by throttle_insert_ready_queue."},
    {"deliver_message_latency_rollup", times, "service", kept,
     "From the moment a delivery session takes a message to its outcome."},
    {"disk_free_bytes", level, "name", kept, "Bytes available in a monitored location."},
    {"disk_free_inodes", level, "name", kept, "Inodes available in a monitored location."},
    {"disk_free_inodes_percent", level, "name", kept, "Percentage of inodes available in a monitored location."},
    {"disk_free_percent", level, "name", kept, "Percentage of space available in a monitored location."},
    {"dispatcher_watchdog_aborted_total", counts, "service", pruned, "Sessions ended because they made no progress."},
    {"dns_mx_resolve_cache_hit", counts, "", kept, "MX look-ups answered by the cache."},
    {"dns_mx_resolve_cache_miss", counts, "", kept, "MX look-ups the cache had no answer for."},
    {"dns_mx_resolve_in_progress", level, "", kept, "MX look-ups under way."},
    {"dns_mx_resolve_status_fail", counts, "", kept, "MX look-ups that failed."},
    {"dns_mx_resolve_status_ok", counts, "", kept, "MX look-ups that succeeded."},
    {"egress_source_connection_failures_total", counts, "source, kind", kept,
     "Connections that failed for their source's sake: its address is not on this host, or its proxy does not serve."},
    {"egress_source_health_suspended", level, "source, reason", kept, "1 while a source is suspended for its health."},
    {"egress_source_health_suspensions_total", counts, "source, reason", kept,
     "Times a source was suspended for its health."},
    {"godwit_dns_bad_responses_total", counts, "", kept, "Answers to DNS queries that were failures or failed validation."},
    {"godwit_dns_pending_queries", level, "", kept, "DNS queries without an answer yet."},
    {"godwit_dns_queries_total", counts, "type", kept, "DNS queries: what the cache did not answer."},
    {"godwit_dns_response_latency", times, "", kept, "Time from a DNS query to its answer."},
    {"godwit_dns_responses_total", counts, "", kept, "Answers to DNS queries."},
    {"godwit_dns_timeouts_total", counts, "type", kept, "DNS look-ups that were given up."},
    {"godwit_hook_abandoned_total", counts, "event, owner", kept, "Hook handlers that did not end when cancelled."},
    {"godwit_hook_failures_total", counts, "event, owner", kept, "Hook handlers that failed: temporary failures."},
    {"godwit_hook_timeouts_total", counts, "event, owner", kept,
     "Hook handlers that overran their time-out: temporary failures."},
    {"godwit_http_responses_total", counts, "code", kept, "HTTP responses by status."},
    {"godwit_module_delivery_timeouts_total", counts, "module, protocol", kept,
     "Steps of delivery sessions that overran their time-out."},
    {"godwit_module_late_answers_total", counts, "module", kept, "Answers of modules that nobody waited for any more."},
    {"godwit_module_log_records_lost_total", counts, "module", kept, "Log records that a module missed while it was reloaded."},
    {"godwit_net_descriptor_shortages", counts, "", kept,
     "Connections, in or out, that were given up because few or no open files were left."},
    {"godwit_rt_pool_depth", level, "pool", kept, "Jobs that wait for a thread of a blocking pool."},
    {"godwit_spool_commit_failures", counts, "", kept, "Groups that could not be written to the spool."},
    {"godwit_spool_commit_messages", counts, "", kept, "Messages in the groups written to the spool."},
    {"godwit_spool_commits", counts, "", kept, "Groups written to the spool."},
    {"godwit_spool_failing", level, "", kept, "1 while the spool cannot be written and mail is refused."},
    {"godwit_spool_flushes", counts, "", kept, "Flushes to disk for the groups written to the spool."},
    {"godwit_spool_unreadable_records", counts, "", kept,
     "Reads from the spool that failed: damaged or missing records, listings that broke off."},
    {"lruttl_cache_size", level, "cache_name", kept, "Entries held."},
    {"lruttl_error_count", counts, "cache_name", kept, "Look-ups after a miss that failed."},
    {"lruttl_evict_count", counts, "cache_name", kept, "Entries removed to make room."},
    {"lruttl_expire_count", counts, "cache_name", kept, "Entries found too old."},
    {"lruttl_hit_count", counts, "cache_name", kept, "Look-ups answered by the cache."},
    {"lruttl_insert_count", counts, "cache_name", kept, "Entries added."},
    {"lruttl_lookup_count", counts, "cache_name", kept, "Cache look-ups."},
    {"lruttl_miss_count", counts, "cache_name", kept, "Look-ups the cache had no answer for."},
    {"lruttl_populated_count", counts, "cache_name", kept, "Look-ups after a miss that found a value."},
    {"lruttl_waiting_populate", level, "cache_name", kept, "Callers that wait for a look-up after a miss."},
    {"lua_count", level, "", kept, "Lua contexts that exist."},
    {"lua_event_latency", times, "event", kept, "How long an event of the policy took."},
    {"lua_event_started", counts, "event", kept, "How many times an event of the policy was started."},
    {"lua_load_count", counts, "", kept, "How many times the policy script has been loaded."},
    {"lua_spare_count", level, "", kept, "Lua contexts that wait for an event."},
    {"memoize_cache_hit_count", counts, "cache_name", kept, "Calls of a memoized function answered by its cache."},
    {"memoize_cache_lookup_count", counts, "cache_name", kept, "Calls of a memoized function."},
    {"memoize_cache_miss_count", counts, "cache_name", kept,
     "Calls of a memoized function that its cache had no answer for."},
    {"memoize_cache_populated_count", counts, "cache_name", kept,
     "Entries that a memoized function has put into its cache."},
    {"memory_limit", level, "", kept, "Soft limit of memory in bytes: above it no mail is taken in."},
    {"memory_low_count", counts, "", kept, "Times the low threshold of memory was crossed."},
    {"memory_low_thresh", level, "", kept, "Bytes of memory above which caches are to shrink."},
    {"memory_over_limit_count", counts, "", kept, "Times the soft limit of memory was crossed."},
    {"memory_usage", level, "", kept, "Resident set size in bytes."},
    {"message_count", level, "", kept, "Messages that exist."},
    {"message_data_load_latency", times, "", kept, "Loading of a message's content from the spool."},
    {"message_data_resident_count", level, "", kept,
     "Message contents in memory; messages that share one count once."},
    {"message_meta_load_latency", times, "", kept, "Loading of a message's metadata from the spool."},
    {"message_meta_resident_count", level, "", kept, "Messages whose metadata is in memory."},
    {"message_save_latency", times, "", kept, "Saving of a message to the spool."},
    {"process_cpu_usage_normalized", level, "", kept, "CPU usage of the process in percent of all cores."},
    {"process_cpu_usage_sum", level, "", kept, "CPU usage of the process in percent of one core."},
    {"proxy_connection_failures", counts, "", kept, "Connections through an egress proxy that failed at the proxy."},
    {"queue_insert_latency", times, "", kept, "Insertion of a message into its scheduled queue."},
    {"queue_resolve_latency", times, "", kept, "Finding of a message's scheduled queue."},
    {"queued_count_by_provider", level, "provider", pruned, "Messages in the queues of a provider, waiting or ready."},
    {"queued_count_by_provider_and_pool", level, "provider, pool", pruned,
     "Messages in the queues of a provider, waiting or ready, by pool."},
    {"ready_count", level, "service", pruned, "Messages waiting in ready queues."},
    {"ready_full", counts, "service", pruned, "Messages that found their ready queue full."},
    {"ready_queue_insert_latency", times, "", kept, "Moving of a message from its scheduled to a ready queue."},
    {"rocks_spool_actual_delayed_write_rate", level, "path", kept,
     "Bytes a second that RocksDB lets writers write; 0: no delay."},
    {"rocks_spool_background_errors", level, "path", kept, "Errors of RocksDB in the background so far."},
    {"rocks_spool_cache_total", level, "path", kept, "Bytes in the block cache."},
    {"rocks_spool_compaction_pending", level, "path", kept, "1 when a compaction is pending."},
    {"rocks_spool_estimate_pending_compaction_bytes", level, "path", kept, "Bytes that compaction has to rewrite."},
    {"rocks_spool_mem_table_readers_total", level, "path", kept, "Bytes held by readers of tables."},
    {"rocks_spool_mem_table_total", level, "path", kept, "Bytes in memory tables."},
    {"rocks_spool_mem_table_unflushed", level, "path", kept, "Bytes in memory tables that are not flushed."},
    {"rocks_spool_num_running_compactions", level, "path", kept, "Compactions that run."},
    {"rocks_spool_write_stopped", level, "path", kept, "1 when RocksDB has stopped writes."},
    {"scheduled_by_domain", level, "domain", pruned, "Messages waiting by domain."},
    {"scheduled_by_tenant", level, "tenant", pruned, "Messages waiting by tenant."},
    {"scheduled_by_tenant_campaign", level, "tenant, campaign", pruned, "Messages waiting by tenant and campaign."},
    {"scheduled_count", level, "queue", pruned, "Messages waiting in a scheduled queue."},
    {"scheduled_count_total", level, "", kept, "Messages waiting in scheduled queues."},
    {"scheduled_queue_count", level, "", kept, "Scheduled queues that exist."},
    {"smtp_server_rejections", counts, "service", kept, "Replies of class 4 and 5."},
    {"smtpsrv_process_data_duration", times, "", kept, "From the end of the content to the reply."},
    {"smtpsrv_read_data_duration", times, "", kept, "Reading of a message's content."},
    {"smtpsrv_transaction_duration", times, "", kept, "From MAIL to the reply after the content."},
    {"system_cpu_usage_normalized", level, "", kept, "CPU usage of the machine in percent of all cores."},
    {"system_cpu_usage_sum", level, "", kept, "CPU usage of the machine in percent of one core."},
    {"thread_pool_parked", level, "pool", kept, "Threads of a pool that wait for work."},
    {"thread_pool_size", level, "pool", kept, "Threads of a pool."},
    {"timeq_pop_interval", times, "", kept, "From one time that messages came due to the next, on one event loop."},
    {"timeq_pop_latency", times, "", kept, "Taking of due messages out of the timer wheel."},
    {"timeq_pop_tardiness", times, "", kept,
     "How late the first of the messages that came due together left the timer wheel."},
    {"timeq_reinsert_tardiness", times, "", kept,
     "How late the last of the messages that came due together went on to its ready queue."},
    {"total_connection_count", counts, "service", pruned, "Connections so far."},
    {"total_connections_denied", counts, "service", pruned, "Connections refused by a limit."},
    {"total_messages_delivered", counts, "service", pruned, "Messages delivered."},
    {"total_messages_delivered_by_provider", counts, "provider", pruned, "Messages delivered, by provider."},
    {"total_messages_delivered_by_provider_and_source", counts, "provider, source, pool", pruned,
     "Messages delivered, by provider, source and pool."},
    {"total_messages_fail", counts, "service", pruned, "Messages that failed permanently."},
    {"total_messages_fail_by_provider", counts, "provider", pruned, "Messages that failed permanently, by provider."},
    {"total_messages_fail_by_provider_and_source", counts, "provider, source, pool", pruned,
     "Messages that failed permanently, by provider, source and pool."},
    {"total_messages_received", counts, "service", kept, "Messages received."},
    {"total_messages_transfail", counts, "service", pruned, "Delivery attempts that failed transiently."},
    {"total_messages_transfail_by_provider", counts, "provider", pruned, "Delivery attempts that failed transiently, by provider."},
    {"total_messages_transfail_by_provider_and_source", counts, "provider, source, pool", pruned,
     "Delivery attempts that failed transiently, by provider, source and pool."},
    {"total_qmaint_runs", counts, "", kept, "Rounds of queue upkeep."},
    {"total_readyq_runs", counts, "", kept, "Delivery sessions started for ready queues."},
    {"user_lua_latency", times, "label", kept, "Time between kumo.time.start_timer and done."},
};

static_assert(std::is_sorted(std::begin(documented), std::end(documented),
                             [](const metric_doc& a, const metric_doc& b) { return a.name < b.name; }));

}  // namespace

std::span<const metric_doc> catalogue() { return documented; }

const metric_doc* find_doc(std::string_view name) {
  const auto at = std::lower_bound(std::begin(documented), std::end(documented), name,
                                   [](const metric_doc& d, std::string_view n) { return d.name < n; });
  return at != std::end(documented) && at->name == name ? &*at : nullptr;
}

std::string_view name_of(metric_kind k) {
  switch (k) {
    case metric_kind::counter: return "counter";
    case metric_kind::gauge: return "gauge";
    case metric_kind::histogram: break;
  }
  return "histogram";
}

void create_unlabelled() {
  for (const auto& d : documented) {
    if (!d.labels.empty()) continue;
    switch (d.kind) {
      case metric_kind::counter: get_counter(d.name, d.help); break;
      case metric_kind::gauge: get_gauge(d.name, d.help); break;
      case metric_kind::histogram: get_histogram(d.name, d.help); break;
    }
  }
}

}  // namespace godwit::metrics
