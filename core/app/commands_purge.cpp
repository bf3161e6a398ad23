// fail domain [quiet], fail all [quiet]
#include "app/commands.hpp"
#include "app/domain_totals.hpp"
#include "app/progress.hpp"
#include "app/recipients.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "control/arguments.hpp"
#include "control/output.hpp"
#include "control/rendering.hpp"
#include "queue/manager.hpp"

namespace godwit::app {

namespace {

using control::invocation;
using control::word_type;

constexpr std::size_t most_previewed = 25;

bool has_meta(const mail::message& m, const std::string& key, const std::string& wanted) {
  const auto* v = m.get_meta(key);
  if (!v) return false;
  return v->as_string() ? *v->as_string() == wanted : json::write(*v) == wanted;
}

/// One physical line of the header.
bool has_header_line(const mail::message& m, const std::string& name, const std::string& wanted) {
  const auto block = m.header_block();
  for (const auto line : split(block, '\n')) {
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || !iequals(line.substr(0, colon), name)) continue;
    if (trim(line.substr(colon + 1)) == wanted) return true;
  }
  return false;
}

queue::selection selected(const control::arguments& args) {
  queue::selection of;
  if (args.has("domain")) {
    of.queue = [domain = args.text("domain")](const mail::queue_name& q) { return is_domain(q, domain); };
  }
  const auto meta = args.texts("meta"), header = args.texts("header");
  if (!meta.empty()) {
    of.message = [meta](const mail::message& m) { return has_meta(m, meta[0], meta[1]); };
  } else if (!header.empty()) {
    of.message = [header](const mail::message& m) { return has_header_line(m, header[0], header[1]); };
    of.needs_data = true;
  }
  return of;
}

rt::task<result<void>> preview(queue::administration& queues, queue::selection of, std::string domain, invocation call) {
  std::size_t shown = 0;
  const auto show = [&](queue::message_view v) -> rt::task<bool> {
    auto m = co_await queues.load(v, false);
    if (m)
      call.out.text(fmt::format("{} domain={} from={} to={}", v.id.simple(), mail::queue_name::parse(v.queue).domain,
                                (*m)->sender.email(), recipients_of(**m)));
    co_return ++shown < most_previewed;
  };
  progress far(call.out, "messages found so far");
  const queue::administration::on_progress tell = [&far](std::size_t n) { return far.tell(n); };
  const auto n = co_await queues.count_messages(std::move(of), show, tell);
  call.out.record({{"domain", domain}, {"would_be_failed", n}},
                  fmt::format("[dry-run] {}: {} messages would be failed.", domain, n));
  co_return result<void>{};
}

/// "550 5.7.1 text", "5.7.1 text" or a text.
mail::response response_of(std::string_view note) {
  const auto code = note.size() > 4 && note[3] == ' ' && note[0] == '5' ? std::atoi(note.data()) : 0;
  if (code >= 500 && code <= 599) return mail::response::parse(code, note.substr(4));
  return mail::response::parse(554, note);
}

rt::task<result<void>> purge(const command_services& s, invocation call, bool is_quiet) {
  auto& queues = s.queues->administration();
  auto of = selected(call.args);
  const auto domain = call.args.text("domain", "all");
  if (call.args.has("meta") && call.args.has("header")) co_return fail("--meta and --header do not go together");
  if (!call.args.has("domain") && !of.message) co_return fail("name what to fail: --meta KEY VALUE or --header NAME LINE");
  if (call.args.is_set("dry-run")) co_return co_await preview(queues, std::move(of), domain, call);
  std::optional<mail::response> recorded;
  if (!is_quiet) recorded = response_of(call.args.text("note", "Message manually purged."));
  progress far(call.out, "messages failed so far");
  const queue::administration::on_progress tell = [&far](std::size_t n) { return far.tell(n); };
  const auto n = co_await queues.fail_messages(std::move(of), std::move(recorded), tell);
  call.out.record({{"domain", domain}, {"failed", n}}, iequals(domain, "all")
                                                           ? fmt::format("All domains purged. {} messages failed.", n)
                                                           : fmt::format("{} purged, {} messages failed.", domain, n));
  co_return result<void>{};
}

control::command purge_command(const command_services& s, std::string name, std::string summary, bool has_domain, bool is_quiet) {
  control::command c{.name = std::move(name), .summary = std::move(summary), .role = control::role::mail_operator};
  if (has_domain) c.parameters.push_back({"domain", word_type::domain, false, "domain, or all"});
  c.parameters.push_back({"note", word_type::rest, true, "the response of the bounce; 554 Message manually purged."});
  c.flags = {{"dry-run", 0, {}, "changes nothing: lists up to 25 messages and counts"},
             {"meta", 0, {{"key"}, {"value"}}, "only messages with this metadata"},
             {"header", 0, {{"name"}, {"line"}}, "only messages with a header field of exactly this one line"}};
  c.handler = [&s, is_quiet](invocation call) { return purge(s, call, is_quiet); };
  c.help = is_quiet ? "No AdminBounce records are written. " : "";
  c.help += "Says once a second how far it is; Ctrl-C leaves the rest as it is.";
  return c;
}

}  // namespace

result<void> add_purge_commands(command_services& s) {
  return add_commands(s.commands, {
    purge_command(s, "fail domain", "Fails mail of a domain.", true, false),
    purge_command(s, "fail domain quiet", "Fails mail of a domain without records.", true, true),
    purge_command(s, "fail all", "Fails matching mail of all queues.", false, false),
    purge_command(s, "fail all quiet", "Fails matching mail of all queues without records.", false, true),
  });
}

}  // namespace godwit::app
