// message details|fail|retry
#include "app/commands.hpp"
#include "app/recipients.hpp"
#include "control/arguments.hpp"
#include "control/output.hpp"
#include "queue/administration.hpp"
#include "queue/manager.hpp"

namespace godwit::app {

namespace {

using control::invocation;
using control::word_type;

result<uuid> id_of(const control::arguments& args) {
  const auto text = args.text("message_id");
  if (const auto id = uuid::parse(text)) return *id;
  return fail("'{}' is no message id: 32 hexadecimal digits, as in logs and in the reply to DATA", text);
}

error not_here(const uuid& id) {
  return fail("message {} is not in the queue: it is gone, unknown, or being delivered", id.simple());
}

std::string when(wall_time t) { return format_rfc3339(std::chrono::floor<std::chrono::seconds>(t)); }

object describe(const queue::message_view& v, const mail::message& m) {
  return {{"message", v.id.simple()},
          {"message_type", v.is_active ? "active" : "delayed"},
          {"queue", v.queue},
          {"created", when(v.id.created())},
          {"next_attempt", v.is_active ? value("now") : value(when(v.due))},
          {"retries", static_cast<std::int64_t>(v.attempts)},
          {"received_via", m.get_meta_string("received_via")},
          {"received_from", m.get_meta_string("received_from")},
          {"sender", m.sender.email()},
          {"recipient", recipients_of(m)},
          {"code", v.last_code > 0 ? value(static_cast<std::int64_t>(v.last_code)) : value()},
          {"size", m.content.size()},
          {"meta", m.meta}};
}

rt::task<result<void>> details(const command_services& s, invocation call) {
  const auto id = id_of(call.args);
  if (!id) co_return id.why();
  auto& queues = s.queues->administration();
  auto found = co_await queues.find(*id);
  if (!found) co_return not_here(*id);
  auto m = co_await queues.load(*found, true);
  if (!m) co_return fail("message {} cannot be read: {}", id->simple(), m.why().text);
  call.out.record(describe(*found, **m));
  const auto part = call.args.text("part");
  auto content = part.empty() ? std::string() : (*m)->content.join();
  if (part == "body") {
    const auto end = content.find("\r\n\r\n");
    content.erase(0, end == std::string::npos ? content.size() : end + 4);
  }
  if (!part.empty()) call.out.text("\n" + content);
  co_return result<void>{};
}

rt::task<result<void>> fail_one(const command_services& s, invocation call, bool is_quiet) {
  const auto id = id_of(call.args);
  if (!id) co_return id.why();
  std::optional<mail::response> recorded;
  if (!is_quiet) recorded = mail::response::parse(554, "manually failed.");
  const bool is_done = co_await s.queues->administration().fail_message(*id, recorded);
  if (!is_done) co_return not_here(*id);
  call.out.text("Message failed");
  co_return result<void>{};
}

rt::task<result<void>> retry(const command_services& s, invocation call) {
  const auto id = id_of(call.args);
  if (!id) co_return id.why();
  const bool is_done = co_await s.queues->administration().retry_message(*id);
  if (!is_done) co_return not_here(*id);
  call.out.text("Message requeued for delivery");
  co_return result<void>{};
}

}  // namespace

result<void> add_message_commands(command_services& s) {
  const control::parameter id{"message_id", word_type::text, false, "as in logs and in the reply to DATA"};
  return add_commands(s.commands, {
    {.name = "message details",
     .summary = "What is known about a queued message.",
     .parameters = {{"part", word_type::choice, true, "adds the whole message, or its body", {"full", "body"}}, id},
     .shape = {.what = control::result_shape::kind::record,
               .columns = {{"message", "Message"}, {"message_type", "Message Type"}, {"queue", "Queue"}, {"created", "Created"},
                           {"next_attempt", "Next Attempt"}, {"retries", "Retries"}, {"received_via", "Received Via"},
                           {"received_from", "Received From"}, {"sender", "Sender"}, {"recipient", "Recipient"},
                           {"code", "Code"}, {"size", "Size"}, {"meta", "Meta"}}},
     .handler = [&s](invocation call) { return details(s, call); },
     .help = "The code is that of the last response, since the server started. Meta is the message's metadata, which began with "
             "those of its connection."},
    {.name = "message fail",
     .summary = "Fails a message with \"554 manually failed.\".",
     .role = control::role::mail_operator,
     .parameters = {id},
     .handler = [&s](invocation call) { return fail_one(s, call, false); }},
    {.name = "message fail quiet",
     .summary = "Fails a message without a record.",
     .role = control::role::mail_operator,
     .parameters = {id},
     .handler = [&s](invocation call) { return fail_one(s, call, true); }},
    {.name = "message retry",
     .summary = "Makes a message due now.",
     .role = control::role::mail_operator,
     .parameters = {id},
     .handler = [&s](invocation call) { return retry(s, call); }},
  });
}

}  // namespace godwit::app
