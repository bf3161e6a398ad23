#include "smtp/server_metrics.hpp"

namespace godwit::smtp {

server_metrics::series::series(const std::string& service, const std::string& rejection_service) {
  const auto label = [](const std::string& s) { return metrics::labels{{"service", s}}; };
  open = metrics::get_gauge("connection_count", "Connections that are open now.", label(service));
  total = metrics::get_counter("total_connection_count", "Connections so far.", label(service));
  denied =
      metrics::get_counter("total_connections_denied", "Connections refused by a limit.", label(service));
  rejected =
      metrics::get_counter("smtp_server_rejections", "Replies of class 4 and 5.", label(rejection_service));
  received = metrics::get_counter("total_messages_received", "Messages received.", label(service));
}

server_metrics::server_metrics(const std::string& address)
    : service_("esmtp_listener", "total"),
      own_(address, address),
      read_data_(metrics::get_histogram("smtpsrv_read_data_duration", "Reading of a message's content.")),
      process_data_(metrics::get_histogram("smtpsrv_process_data_duration",
                                           "From the end of the content to the reply.")),
      transaction_(metrics::get_histogram("smtpsrv_transaction_duration",
                                          "From MAIL to the reply after the content.")) {}

void server_metrics::opened() {
  for (auto* s : {&service_, &own_}) {
    s->open->add(1);
    s->total->add();
  }
}

void server_metrics::closed() {
  for (auto* s : {&service_, &own_}) s->open->add(-1);
}

void server_metrics::denied() {
  for (auto* s : {&service_, &own_}) s->denied->add();
}

void server_metrics::rejected() {
  for (auto* s : {&service_, &own_}) s->rejected->add();
}

void server_metrics::received() {
  for (auto* s : {&service_, &own_}) s->received->add();
}

}  // namespace godwit::smtp
