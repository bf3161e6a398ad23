// trace smtp [add|list|remove]
#include "app/commands.hpp"
#include "app/settings.hpp"
#include "app/trace_files.hpp"
#include "app/trace_filter.hpp"
#include "base/duration.hpp"
#include "control/arguments.hpp"
#include "control/output.hpp"
#include "rt/event.hpp"
#include "smtp/trace.hpp"

namespace godwit::app {

namespace {

using control::invocation;
using control::word_type;
using kind = control::result_shape::kind;

std::string now_text(std::chrono::system_clock::time_point t) {
  return format_rfc3339(std::chrono::floor<std::chrono::milliseconds>(t));
}

void show(const smtp::trace_event& e, control::output& out) {
  out.row({now_text(e.at), e.is_inbound ? "inbound" : "outbound", e.number, e.peer.text(), smtp::trace_kind_name(e.what), e.text});
}

void show_gap(std::uint64_t lost, control::output& out) {
  out.row({now_text(std::chrono::system_clock::now()), "", value(), "", "lost", fmt::format("{} lines: the console is too slow", lost)});
}

/// Until the operator or his connection gives up: that ends the wait with an exception.
rt::task<result<void>> stream(invocation call) {
  auto wanted = trace_filter::from(call.args);
  if (!wanted) co_return wanted.why();
  auto& here = *rt::loop::current();
  const auto awake = std::make_shared<rt::event>(here);  // a wake-up on its way may come after us
  smtp::tracer lines(std::move(*wanted), [awake, &here] { here.post([awake] { awake->notify(); }); });
  call.out.text("Tracing until it is interrupted.");
  for (;;) {
    const auto batch = lines.take();
    for (const auto& e : batch.events) {
      show(*e, call.out);
      co_await call.out.pace();
    }
    if (batch.lost > 0) show_gap(batch.lost, call.out);
    co_await call.out.flush();
    if (batch.events.empty()) co_await awake->wait();
  }
}

// trace smtp add|list|remove

rt::task<result<void>> add_file(const command_services& s, invocation call) {
  const auto mode = static_cast<unsigned>(std::stoul(s.config->control.trace_smtp_mode, nullptr, 8));
  trace_files::wish wanted{call.args.text("binding"), call.args.text("domain"), call.args.text("file"), mode};
  const auto number = co_await s.traces->add(std::move(wanted));
  if (!number) co_return number.why();
  call.out.text(fmt::format("Registered smtp tracer #{}", *number));
  co_return result<void>{};
}

result<void> list_files(const command_services& s, invocation& call) {
  for (const auto& t : s.traces->list()) call.out.row({t.number, t.binding, t.domain, t.file, t.descriptor});
  return {};
}

rt::task<result<void>> remove_file(const command_services& s, invocation call) {
  const auto id = call.args.integer("tracer_id", 0);
  const bool is_removed = co_await s.traces->remove(static_cast<std::uint64_t>(id));
  if (!is_removed) co_return fail("there is no smtp tracer #{}: trace smtp list shows them", id);
  call.out.text(fmt::format("Removed smtp tracer #{}", id));
  co_return result<void>{};
}

}  // namespace

result<void> add_trace_commands(command_services& s) {
  return add_commands(s.commands, {
    {.name = "trace smtp",
     .summary = "Shows what is said on SMTP connections, until it is interrupted.",
     .role = control::role::mail_operator,
     .parameters = {{"direction", word_type::choice, true, "only these", {"inbound", "outbound"}}},
     .flags = {{"peer", 'p', {{"network"}}, "only connections with this address or network", true},
               {"listener", 'l', {{"address"}}, "only inbound ones to this address, or address:port", true},
               {"domain", 'd', {{"name", word_type::domain}}, "only outbound ones for this domain", true},
               {"binding", 'b', {{"name"}}, "only outbound ones from this egress source", true},
               {"host", 0, {{"name"}}, "only outbound ones to this mail exchanger", true}},
     .shape = {.what = kind::table,
               .columns = {{"time", "Time"}, {"direction", "Direction"}, {"number", "Number"}, {"peer", "Peer"}, {"event", "Event"},
                           {"text", "Text"}},
               .line = "{time} [{direction}/{number}] {peer} {event} {text}"},
     .handler = [](invocation call) { return stream(call); },
     .help = "Credentials are never shown, of content only the size. A console that is too slow loses lines, which are counted; "
             "mail never waits for it. Events: connected, read, write, content, note, closed, lost."},
    {.name = "trace smtp add",
     .summary = "Writes what is said on outbound connections to a file, until it is removed or the server stops.",
     .role = control::role::admin,
     .parameters = {{"binding", word_type::text, false, "egress source, or * for any"},
                    {"domain", word_type::domain, false, "domain, or * for any"},
                    {"file", word_type::text, false, "absolute path, which the server can write; an existing file is gone on with"}},
     .handler = [&s](invocation call) { return add_file(s, call); },
     .help = "Lines are those of trace smtp. What the disk is too slow for is lost, and counted in the file. A new file gets the "
             "permissions of trace_smtp_mode. At most 64 at a time."},
    {.name = "trace smtp list",
     .summary = "Files that transcripts go to.",
     .role = control::role::mail_operator,
     .shape = {.what = kind::table,
               .columns = {{"id", "Id"}, {"binding", "Binding"}, {"domain", "Domain"}, {"file", "File"}, {"descriptor", "Descriptor"}},
               .line = "[{id}] binding: {binding} domain: {domain} file: {file} @ {descriptor}"},
     .handler = at_once([&s](invocation& call) { return list_files(s, call); })},
    {.name = "trace smtp remove",
     .summary = "Ends a file with what was said so far.",
     .role = control::role::admin,
     .parameters = {{"tracer_id", word_type::integer, false, "as in trace smtp list"}},
     .handler = [&s](invocation call) { return remove_file(s, call); }},
  });
}

}  // namespace godwit::app
