#pragma once
// A host for a module's unit tests: no server, no threads. Calls are answered in place; what was asked of the
// host is there to look at.
//
//   fake_host host;                                   // binds the SDK of this program to itself
//   greylist module(host.parse(greylist::settings(), R"({"delay": "1m"})"));
//   module.init();
//   auto answer = host.run_hook("smtp_server_rcpt_to", {fake_argument::of_text("user@example.org")});
//   CHECK(answer.code == 451);
//
// dns_query is answered from `txt`, event_call from `events`; timers and posted tasks run when the test says
// so.

#include <atomic>
#include <chrono>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <godwit/module.hpp>
#include <godwit/testing/fake_delivery.hpp>
#include <godwit/testing/fake_message.hpp>
#include <godwit/testing/fake_options.hpp>

namespace godwit::sdk::testing {

struct fake_argument {
  int32_t kind = GODWIT_ARGUMENT_VALUE;
  godwit_value content;
  godwit_message* message = nullptr;
  godwit_connection* connection = nullptr;
  void* object = nullptr;

  static fake_argument of_text(std::string_view text) {
    fake_argument a;
    a.content.become(GODWIT_TEXT);
    a.content.text = text;
    return a;
  }
  static fake_argument of_json(std::string_view text) {
    fake_argument a;
    json_reader(text).read_document(a.content);
    return a;
  }
  static fake_argument of(godwit_message& m) { return {GODWIT_ARGUMENT_MESSAGE, {}, &m, nullptr, nullptr}; }
  static fake_argument of(godwit_connection& c) {
    return {GODWIT_ARGUMENT_CONNECTION, {}, nullptr, &c, nullptr};
  }
  static fake_argument of_object(void* o) { return {GODWIT_ARGUMENT_OBJECT, {}, nullptr, nullptr, o}; }
};

/// What a handler answered.
struct fake_answer {
  enum class kind { none, proceed, done, reject, disconnect, value, object, failed };
  kind what = kind::none;
  int code = 0;
  std::string text;      ///< of a rejection or failure
  godwit_value content;  ///< of a value
  std::shared_ptr<void> object;
};

}  // namespace godwit::sdk::testing

struct godwit_call {
  std::string name;
  std::vector<godwit::sdk::testing::fake_argument> arguments;
  std::shared_ptr<godwit::sdk::testing::fake_answer> answer =
      std::make_shared<godwit::sdk::testing::fake_answer>();
  bool is_deferred = false;  ///< this is the handle made by call_defer
  std::shared_ptr<bool> was_deferred = std::make_shared<bool>(false);
};

struct godwit_timer {
  std::int64_t due_ns, interval_ns;
  godwit_callback callback;
  void* context;
};
struct godwit_counter {
  std::uint64_t n = 0;
};
struct godwit_gauge {
  std::int64_t n = 0;
};
struct godwit_histogram {
  std::vector<double> seconds;
};

namespace godwit::sdk::testing {
class fake_host;
}
struct godwit_instance {
  godwit::sdk::testing::fake_host* host = nullptr;
};

namespace godwit::sdk::testing {

/// One at a time. Logging, metrics, health and clocks may be used from any thread; everything else from the
/// test's.
class fake_host {
 public:
  fake_host();
  ~fake_host() { godwit::sdk::detail::kept.clear(); }
  fake_host(const fake_host&) = delete;

  struct log_line {
    int32_t level;
    std::string text;
  };
  struct function_entry {
    std::string name;  ///< "kumo.dkim.rsa_sha256_signer", "Message:dkim_sign"
    std::vector<godwit_parameter> parameters;
    bool is_method = false;
    godwit_handler handler = nullptr;
    void* context = nullptr;
  };

  struct command_entry {
    int32_t role = 0;
    std::vector<std::string> words;
    godwit_handler handler = nullptr;
    void* context = nullptr;
  };

  // What the module did.
  std::vector<log_line> log;
  std::map<std::string, std::string> unhealthy;
  std::map<std::string, godwit_counter> counters;  ///< name, and label values: "name{a,b}"
  std::map<std::string, godwit_gauge> gauges;
  std::map<std::string, godwit_histogram> histograms;
  std::vector<std::pair<std::string, godwit_hook>> hooks;
  std::map<std::string, function_entry> functions;
  std::map<std::string, godwit_object_type> object_types;
  std::map<std::string, command_entry> commands;
  std::vector<godwit_log_sink> sinks;
  std::vector<godwit_diagnostic_sink> diagnostic_sinks;
  std::map<std::string, godwit_http_route> routes;  ///< by method and path: "GET /greylist/size"
  std::map<std::string, godwit_delivery_agent> agents;     ///< by protocol
  std::map<std::string, godwit_spool_kind> spool_kinds;
  std::vector<std::unique_ptr<godwit_timer>> timers;

  // What the module finds.
  std::map<std::string, std::string> info{
      {"version", "0.0"}, {"hostname", "mail.example.com"}, {"node_id", "node"}};
  std::map<std::string, std::vector<std::string>> txt;  ///< TXT records by name
  std::map<std::string, std::function<bool(godwit_message*)>> events;
  std::atomic<std::int64_t> wall_ns = 1'700'000'000'000'000'000;
  std::atomic<std::int64_t> steady_ns = 0;

  /// Settings as the module's constructor gets them. Throws failure when the table refuses them.
  value parse(const option_table& table, std::string_view json) {
    const value in = value::parse_json(json);
    return table.parse(in.view());
  }
  /// The first handler of the event that does not proceed.
  fake_answer run_hook(std::string_view event, std::vector<fake_argument> arguments);
  /// Calls a Lua function; option tables are parsed first. Answers kind::failed with the text when they are
  /// wrong.
  fake_answer run_function(const std::string& name, std::vector<fake_argument> arguments);
  /// Calls an HTTP route ("GET /greylist/size") with the request object as JSON.
  fake_answer run_route(const std::string& route, std::string_view request_json) {
    const auto& r = routes.at(route);
    return call(route, r.handler, r.context, {fake_argument::of_json(request_json)});
  }
  /// Runs a console command with its words as an object: run_command("dkim stats", R"({"domain": "example.com"})").
  fake_answer run_command(const std::string& name, std::string_view words = "{}") {
    const auto& c = commands.at(name);
    return call(name, c.handler, c.context,
                {fake_argument::of_json(words), fake_argument::of_json(R"({"user": "root", "role": "admin"})")});
  }
  void submit(const godwit_record& record, godwit_message* m) {
    for (const auto& s : sinks) s.submit(s.context, &record, m);
  }
  /// A line of the diagnostic log by somebody else.
  void diagnose(int32_t level, std::string_view tag, std::string_view text) {
    for (const auto& s : diagnostic_sinks)
      if (level >= s.lowest_level) s.write(s.context, level, to_str(tag), to_str(text));
  }
  /// One session of the protocol's agent with one batch. What open says is in `session`; without a connection nothing is
  /// delivered. Throws failure when the table or the module refuses the settings.
  std::vector<std::vector<fake_outcome>> deliver(const std::string& protocol, std::string_view settings_json,
                                                 std::vector<godwit_message*> messages, godwit_session& session);
  std::vector<std::vector<fake_outcome>> deliver(const std::string& protocol, std::string_view settings_json,
                                                 std::vector<godwit_message*> messages) {
    godwit_session session;
    return deliver(protocol, settings_json, std::move(messages), session);
  }
  /// Moves the clocks and fires what is due.
  void advance(std::chrono::nanoseconds by);

  bool has_logged(std::string_view part) {
    const std::lock_guard lock(mutex);
    for (const auto& l : log)
      if (l.text.find(part) != std::string::npos) return true;
    return false;
  }

  std::mutex mutex;

 private:
  fake_answer call(std::string_view name, godwit_handler handler, void* context,
                   std::vector<fake_argument> arguments);
  godwit_instance self_{this};
};

}  // namespace godwit::sdk::testing

#include <godwit/testing/fake_host_impl.hpp>
