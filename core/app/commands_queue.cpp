// mailq, active, delayed, domain all, showqueue, flush domain
#include "app/commands.hpp"
#include "app/domain_totals.hpp"
#include "app/progress.hpp"
#include "app/recipients.hpp"
#include "base/text.hpp"
#include "control/arguments.hpp"
#include "control/output.hpp"
#include "queue/manager.hpp"

namespace godwit::app {

namespace {

using control::invocation;
using control::word_type;
using kind = control::result_shape::kind;

constexpr std::size_t most_names = 500;
constexpr std::int64_t mailq_rows = 20, showqueue_rows = 100;

// mailq

struct mailq_filter {
  std::vector<std::string> domains, bindings;

  bool operator()(const queue::scheduled_view& q) const {
    const auto is = [](const std::string& a, const std::vector<std::string>& any) {
      return std::any_of(any.begin(), any.end(), [&a](const auto& b) { return iequals(a, b); });
    };
    if (!domains.empty() && !is(q.name.domain, domains)) return false;
    if (bindings.empty() || is(q.pool, bindings)) return true;
    return std::any_of(q.via.begin(), q.via.end(), [&](const auto& rq) { return is(rq->source_name(), bindings); });
  }
};

rt::task<result<void>> mailq(const command_services& s, invocation call) {
  const mailq_filter wanted{call.args.texts("domain"), call.args.texts("binding")};
  auto totals = co_await total_by_domain(s.queues->administration(), wanted);
  using row = std::pair<const std::string, domain_total>;
  std::vector<const row*> rows;
  for (const auto& one : totals) {
    if (one.second.active + one.second.delayed > 0) rows.push_back(&one);
  }
  const auto size = [](const row* r) { return r->second.active + r->second.delayed; };
  const auto limit = static_cast<std::size_t>(std::max<std::int64_t>(0, call.args.integer("limit", mailq_rows)));
  const auto shown = std::min(limit, rows.size());
  std::partial_sort(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(shown), rows.end(),
                    [&](const row* a, const row* b) { return size(a) > size(b); });
  for (std::size_t i = 0; i < shown; ++i) {
    call.out.row({rows[i]->second.pool, rows[i]->first, rows[i]->second.active, rows[i]->second.delayed});
    co_await call.out.pace();
  }
  co_return result<void>{};
}

// active, delayed, domain all

void show_total(const std::map<std::string, domain_total>& totals, const command_services& s, control::output& out) {
  std::size_t connections = 0, active = 0, delayed = 0;
  std::uint64_t sent = 0;
  for (const auto& rq : s.queues->ready()) connections += rq.connections;  // domains share queues
  for (const auto& [name, t] : totals) {
    active += t.active;
    delayed += t.delayed;
    sent += t.delivered;
  }
  out.total({{"connections", connections}, {"active", active}, {"delayed", delayed}, {"sent", sent}});
}

using measure = std::size_t domain_total::*;

/// Domains of which there is more than the threshold; all without a measure.
rt::task<result<void>> list_domains(const command_services& s, invocation call, measure what) {
  const auto threshold = call.args.integer("threshold", 0);
  auto totals = co_await total_by_domain(s.queues->administration(), {});
  for (const auto& [name, t] : totals) {
    if (what && static_cast<std::int64_t>(t.*what) <= threshold) continue;
    call.out.row({name, t.connections(), t.active, t.delayed, t.delivered});
    co_await call.out.pace();
  }
  show_total(totals, s, call.out);
  co_return result<void>{};
}

control::command domain_list(const command_services& s, std::string name, std::string summary, measure what) {
  control::command c{.name = std::move(name), .summary = std::move(summary)};
  if (what) c.parameters = {{"threshold", word_type::integer, true, "show domains with more messages than this; 0"}};
  c.shape = {.what = kind::table,
             .columns = {{"domain", "Domain"}, {"connections", "C"}, {"active", "A"}, {"delayed", "D"}, {"sent", "S"}},
             .line = "Domain: {domain} C: {connections} A: {active} D: {delayed} S: {sent}",
             .total = "Total: C: {connections} A: {active} D: {delayed} S: {sent}"};
  c.handler = [&s, what](invocation call) { return list_domains(s, call, what); };
  return c;
}

// showqueue

bool leaves_by(const queue::message_view& v, std::string_view binding) {
  return binding.empty() || iequals(binding, "all") || iequals(v.source, binding);
}

struct page {
  std::int64_t left, skip;

  explicit page(const control::arguments& args) : left(showqueue_rows), skip(0) {
    const auto* given = args.values().find("page");
    if (!given) return;
    left = *given->find("limit")->as_integer();
    skip = *given->find("offset")->as_integer();
  }
  /// Whether this one is on the page.
  bool take() {
    if (skip > 0) return --skip, false;
    return left-- > 0;
  }
};

rt::task<result<void>> show_queue(const command_services& s, invocation call) {
  auto& queues = s.queues->administration();
  const auto domain = call.args.text("domain"), binding = call.args.text("binding");
  page p(call.args);
  const queue::selection of{.queue = [&](const mail::queue_name& q) { return is_domain(q, domain); }, .message = {}};
  const auto show = [&](queue::message_view v) -> rt::task<bool> {
    if (!leaves_by(v, binding) || !p.take()) co_return p.left > 0;
    auto m = co_await queues.load(v, false);
    if (m) {
      const auto created = std::chrono::duration_cast<std::chrono::seconds>(v.id.created().time_since_epoch()).count();
      call.out.row({v.is_active ? "active" : "delayed", v.source.empty() ? v.queue : v.source, v.id.simple(), created,
                    (*m)->sender.email(), recipients_of(**m)});
      co_await call.out.pace();
    }
    co_return p.left > 0;
  };
  if (p.left > 0) co_await queues.list(of, show);
  co_return result<void>{};
}

// flush domain

rt::task<result<void>> flush(const command_services& s, invocation call) {
  const auto domain = call.args.text("domain");
  const queue::selection of{.queue = [&](const mail::queue_name& q) { return is_domain(q, domain); }, .message = {}};
  progress far(call.out, "messages requeued so far");
  const queue::administration::on_progress tell = [&far](std::size_t n) { return far.tell(n); };
  const auto n = co_await s.queues->administration().flush(of, tell);
  call.out.record({{"domain", domain}, {"requeued", n}}, fmt::format("{} flushed. {} messages requeued.", domain, n));
  co_return result<void>{};
}

}  // namespace

result<void> add_queue_commands(command_services& s) {
  s.commands.set_completer(word_type::domain, [&s](std::string_view prefix) {
    auto names = s.queues->administration().domains(prefix, most_names);
    names.emplace_back("all");
    return names;
  });
  s.commands.set_completer(word_type::queue, [&s](std::string_view prefix) {
    return s.queues->administration().names(prefix, most_names);
  });
  return add_commands(s.commands, {
    {.name = "mailq",
     .summary = "The largest queues by domain.",
     .flags = {{"domain", 'd', {{"name", word_type::domain}}, "only this domain", true},
               {"binding", 'b', {{"name"}}, "only this egress pool or source", true},
               {"limit", 'l', {{"n", word_type::integer}}, "rows; 20"}},
     .shape = {.what = kind::table,
               .columns = {{"binding", "Group/Binding"}, {"domain", "Domain"}, {"aq", "AQ"}, {"dq", "DQ"}}},
     .handler = [&s](invocation call) { return mailq(s, call); },
     .help = "AQ: messages that may be sent now or are being sent; DQ: messages that wait for their time."},
    domain_list(s, "active", "Domains by active queue.", &domain_total::active),
    domain_list(s, "delayed", "Domains by delayed queue.", &domain_total::delayed),
    domain_list(s, "domain all", "Every domain: connections, active, delayed, sent.", nullptr),
    domain_list(s, "domains", "Another name of domain all.", nullptr),
    {.name = "showqueue",
     .summary = "Messages of a domain.",
     .parameters = {{"binding", word_type::text, true, "egress source, or all"},
                    {"domain", word_type::domain, false, "domain, or all"},
                    {"page", word_type::page, true, "limit,offset; 100,0"}},
     .shape = {.what = kind::table,
               .columns = {{"state", "State"}, {"binding", "Binding"}, {"id", "Id"}, {"created", "Created"}, {"from", "From"},
                           {"to", "To"}},
               .line = "[{state}/{binding}] {id} Created: {created}, From: {from} To: {to}"},
     .handler = [&s](invocation call) { return show_queue(s, call); }},
    {.name = "flush domain",
     .summary = "Makes delayed mail due now.",
     .role = control::role::mail_operator,
     .parameters = {{"domain", word_type::domain, false, "domain, or all"}},
     .handler = [&s](invocation call) { return flush(s, call); },
     .help = "Says once a second how far it is; Ctrl-C leaves the rest as it is."},
  });
}

}  // namespace godwit::app
