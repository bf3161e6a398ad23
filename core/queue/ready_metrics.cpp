#include "queue/ready_metrics.hpp"

namespace godwit::queue {

namespace {

metrics::labels of(const std::string& service) { return {{"service", service}}; }

std::string rollup(const std::string& protocol) { return protocol.substr(0, protocol.find(':')); }

}  // namespace

ready_metrics::service_series::service_series(const std::string& service)
    : ready("ready_count", "messages waiting in ready queues", of(service)),
      connections("connection_count", "connections that exist", of(service)),
      full("ready_full", "messages that found their ready queue full", of(service)),
      made("total_connection_count", "connections made", of(service)),
      delivered("total_messages_delivered", "messages delivered", of(service)),
      transfail("total_messages_transfail", "delivery attempts that failed transiently", of(service)),
      fail("total_messages_fail", "messages that failed permanently", of(service)),
      aborted("dispatcher_watchdog_aborted_total", "sessions ended because they made no progress", of(service)) {}

ready_metrics::ready_metrics(const std::string& ready_queue, const std::string& protocol)
    : own_(rollup(protocol) + ":" + ready_queue),
      all_(rollup(protocol)),
      latency_(metrics::get_histogram("deliver_message_latency_rollup", {}, of(rollup(protocol)))) {}

void ready_metrics::add_ready(std::int64_t n) {
  own_.ready->add(n);
  all_.ready->add(n);
}

void ready_metrics::add_connections(std::int64_t n) {
  for (auto* s : {&own_, &all_}) {
    s->connections->add(n);
    if (n > 0) s->made->add(static_cast<std::uint64_t>(n));
  }
}

void ready_metrics::count_full() {
  own_.full->add();
  all_.full->add();
}

void ready_metrics::count_abort() {
  own_.aborted->add();
  all_.aborted->add();
}

void ready_metrics::count(mail::record_type outcome) {
  using enum mail::record_type;
  for (auto* s : {&own_, &all_}) {
    if (outcome == delivery) s->delivered->add();
    if (outcome == transient_failure) s->transfail->add();
    if (outcome == bounce) s->fail->add();
  }
}

}  // namespace godwit::queue
