#include "receive/service.hpp"

namespace godwit::receive {

events::events(hook::table& hooks)
    : connection_accepted(hooks.get("smtp_server_connection_accepted")),
      ehlo(hooks.get("smtp_server_ehlo")),
      mail_from(hooks.get("smtp_server_mail_from")),
      rcpt_to(hooks.get("smtp_server_rcpt_to")),
      data(hooks.get("smtp_server_data")),
      split_transaction(hooks.get("smtp_server_split_transaction")),
      message_received(hooks.get("smtp_server_message_received")),
      auth_plain(hooks.get("smtp_server_auth_plain")),
      get_listener_domain(hooks.get("get_listener_domain")),
      rewrite_response(hooks.get("smtp_server_rewrite_response")),
      dynamic_parameters(hooks.get("smtp_server_get_dynamic_parameters")) {}

}  // namespace godwit::receive
