// help, version, pid, sysinfo, summary, shutdown
#include <sys/utsname.h>
#include <unistd.h>

#include <csignal>

#include "app/commands.hpp"
#include "app/statistics.hpp"
#include "app/version.hpp"
#include "base/duration.hpp"
#include "control/arguments.hpp"
#include "control/output.hpp"
#include "dns/resolver.hpp"
#include "log/log.hpp"
#include "queue/administration.hpp"
#include "queue/manager.hpp"
#include "smtp/server.hpp"

namespace godwit::app {

namespace {

using control::invocation;
using kind = control::result_shape::kind;

void describe(const control::command& c, const std::string& owner, control::output& out) {
  out.text(c.usage());
  out.text(fmt::format("  {}", c.summary));
  if (!c.help.empty()) out.text(fmt::format("  {}", c.help));
  for (const auto& f : c.flags) {
    const auto letter = f.letter == 0 ? "" : fmt::format(", -{}", f.letter);
    out.text(fmt::format("  --{}{}: {}", f.name, letter, f.meaning));
  }
  for (const auto& p : c.parameters) {
    if (!p.meaning.empty()) out.text(fmt::format("  {}: {}", p.name, p.meaning));
  }
  out.text(fmt::format("  Role: {}. From: {}.", role_name(c.role), owner));
}

/// All commands one a line, or those whose name begins with some words in full.
result<void> help(const control::registry& commands, invocation& call) {
  const auto asked = call.args.text("command");
  const auto found = commands.all(asked);
  if (found.empty()) {
    const auto nearest = commands.find(asked);
    return nearest ? fail("there is no command '{}'", asked) : nearest.why();
  }
  for (const auto& c : found) {
    if (c->role > call.by.role) continue;
    if (asked.empty()) {
      call.out.text(fmt::format("{:<24} {}", c->name, c->summary));
    } else {
      describe(*c, commands.owner(c->name), call.out);
    }
  }
  return {};
}

result<void> tell_system(invocation& call) {
  utsname host{};
  ::uname(&host);
  call.out.record({{"version", version},
                   {"build_date", __DATE__},
                   {"product", "Godwit"},
                   {"os_release", fmt::format("{} {}", host.sysname, host.release)},
                   {"uname", fmt::format("{} {} {} {} {}", host.sysname, host.nodename, host.release, host.version, host.machine)}});
  return {};
}

/// Shard by shard: there may be as many queues as messages.
rt::task<std::size_t> count_delayed(const queue::administration& queues) {
  std::size_t n = 0;
  for (std::size_t i = 0; i < queue::administration::shard_count(); ++i) {
    n += queues.delayed(i);
    co_await asio::post(rt::use_task);
  }
  co_return n;
}

rt::task<result<void>> summarise(const command_services& s, invocation call) {
  const auto f = s.statistics->read();
  std::size_t outbound = 0, domains = 0, active = 0;
  for (const auto& q : s.queues->ready()) {
    outbound += q.connections;
    active += q.messages;
    domains += q.messages > 0 || q.connections > 0;
  }
  const auto delayed = co_await count_delayed(s.queues->administration());
  const auto d = s.statistics->read_dns();
  const auto milliseconds = [](std::chrono::duration<double> t) { return t.count() * 1000; };
  using dns::query_kind;
  call.out.record({{"outbound_concurrency", outbound},
                   {"inbound_concurrency", s.smtp->sessions()},
                   {"active_domains", domains},
                   {"active_queue_size", active},
                   {"delayed_queue_size", delayed},
                   {"total_queue_size", s.queues->message_count()},
                   {"dns_resolver", s.names->source()},
                   {"dns_a_queries", d.queries_of(query_kind::a)},
                   {"dns_a_timeouts", d.timeouts_of(query_kind::a)},
                   {"dns_aaaa_queries", d.queries_of(query_kind::aaaa)},
                   {"dns_aaaa_timeouts", d.timeouts_of(query_kind::aaaa)},
                   {"dns_mx_queries", d.queries_of(query_kind::mx)},
                   {"dns_mx_timeouts", d.timeouts_of(query_kind::mx)},
                   {"dns_txt_queries", d.queries_of(query_kind::txt)},
                   {"dns_txt_timeouts", d.timeouts_of(query_kind::txt)},
                   {"pending_dns_queries", d.pending},
                   {"dns_query_rate", d.query_rate},
                   {"dns_response_time_peak", milliseconds(d.peak)},
                   {"dns_response_time_average", milliseconds(d.average)},
                   {"delivered", f.delivered},
                   {"failed", f.failed},
                   {"rejected", f.rejected},
                   {"received", f.received},
                   {"delivery_rate", f.delivery_rate},
                   {"reception_rate", f.reception_rate},
                   {"last_reset", format_rfc3339(std::chrono::floor<std::chrono::seconds>(f.reset_at))},
                   {"uptime", format_duration(f.uptime)}});
  co_return result<void>{};
}

rt::task<result<void>> reopen_logs_by_command(hook::table& hooks, invocation call) {
  auto done = co_await reopen_logs(hooks);
  if (done) call.out.text("Logs reopened.");
  co_return done;
}

/// The main thread waits for signals; the answer goes out while the server is still there.
rt::task<result<void>> shut_down(invocation call) {
  call.out.text("Shutting down.");
  co_await call.out.flush();
  ::kill(::getpid(), SIGTERM);
  co_return result<void>{};
}

const std::vector<control::column> summary_columns{
    {"outbound_concurrency", "Outbound Concurrency"},
    {"inbound_concurrency", "Inbound Concurrency"},
    {"active_domains", "Active Domains"},
    {"active_queue_size", "Active Queue Size"},
    {"delayed_queue_size", "Delayed Queue Size"},
    {"total_queue_size", "Total Queue Size"},
    {"dns_resolver", "DNS Resolver"},
    {"dns_a_queries", "DNS A Queries"},
    {"dns_a_timeouts", "DNS A Timeouts"},
    {"dns_aaaa_queries", "DNS AAAA Queries"},
    {"dns_aaaa_timeouts", "DNS AAAA Timeouts"},
    {"dns_mx_queries", "DNS MX Queries"},
    {"dns_mx_timeouts", "DNS MX Timeouts"},
    {"dns_txt_queries", "DNS TXT Queries"},
    {"dns_txt_timeouts", "DNS TXT Timeouts"},
    {"pending_dns_queries", "Pending DNS Queries"},
    {"dns_query_rate", "DNS Query Rate"},
    {"dns_response_time_peak", "DNS Response Time Peak (ms)"},
    {"dns_response_time_average", "DNS Response Time Average (ms)"},
    {"delivered", "Successfully Delivered Messages"},
    {"failed", "Failed Messages"},
    {"rejected", "Rejected Messages"},
    {"received", "Received Messages"},
    {"delivery_rate", "Delivery Rate"},
    {"reception_rate", "Reception Rate"},
    {"last_reset", "Statistics Last Reset"},
    {"uptime", "Uptime"}};

}  // namespace

rt::task<result<void>> reopen_logs(hook::table& hooks) {
  std::string why;
  try {
    hook::arguments none;
    const auto answer = co_await hooks.get("reopen_logs").run(std::move(none));
    if (answer.what == hook::verdict::kind::reject) why = answer.by + ": " + answer.text;
  } catch (const hook::handler_failed& failed) {
    why = failed.what();
  }
  if (!why.empty()) co_return fail("reopen logs: {}", why);
  log::info("app", "logs were reopened");
  co_return result<void>{};
}

result<void> add_server_commands(command_services& s) {
  return add_commands(s.commands, {
    {.name = "help",
     .summary = "Every command, or how those that begin with these words are used.",
     .parameters = {{"command", control::word_type::command, true, "words of a command"}},
     .handler = at_once([&s](invocation& call) { return help(s.commands, call); })},
    {.name = "version",
     .summary = "Version and product.",
     .handler = at_once([](invocation& call) -> result<void> {
       call.out.text(fmt::format("Godwit {}", version));
       return {};
     })},
    {.name = "pid",
     .summary = "Process id.",
     .handler = at_once([](invocation& call) -> result<void> {
       call.out.text(std::to_string(::getpid()));
       return {};
     })},
    {.name = "sysinfo",
     .summary = "Version, build date, product name, operating system.",
     .shape = {.what = kind::record,
               .columns = {{"version", "Version"}, {"build_date", "Build Date"}, {"product", "Product Name"},
                           {"os_release", "OS Release"}, {"uname", "uname"}}},
     .handler = at_once(tell_system)},
    {.name = "summary",
     .summary = "Sessions, queues, name look-ups, outcomes and rates.",
     .shape = {.what = kind::record, .columns = summary_columns},
     .handler = [&s](invocation call) { return summarise(s, call); },
     .help = "Rates are of the last minute, a second. Queries are what the DNS cache did not answer."},
    {.name = "summary reset",
     .summary = "Starts the counts of the summary anew.",
     .role = control::role::mail_operator,
     .handler = at_once([&s](invocation& call) -> result<void> {
       s.statistics->reset();
       call.out.text("statistics cleared.");
       return {};
     })},
    {.name = "reopen logs",
     .summary = "All log modules close and reopen their files.",
     .role = control::role::admin,
     .handler = [&s](invocation call) { return reopen_logs_by_command(*s.hooks, call); }},
    {.name = "shutdown",
     .summary = "Stops the server in order.",
     .role = control::role::admin,
     .handler = shut_down},
  });
}

}  // namespace godwit::app
