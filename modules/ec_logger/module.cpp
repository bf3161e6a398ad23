// Entry of the ec_logger module: the sinks, and the hook by which files are opened anew. Lines are made in log_lines, written
// by log_writer.

#include <chrono>
#include <memory>

#include <godwit/module.hpp>

#include "log_lines.hpp"
#include "log_writer.hpp"

namespace ec_logger {

namespace sdk = godwit::sdk;

class logger_module final : public sdk::module {
 public:
  static const sdk::option_table& settings() { return module_options(); }

  explicit logger_module(sdk::value_view settings) : writer_(logger_settings::from(settings)) {}

  /// Lines that come before start wait for it: at a reload the sinks take over while the former instance ends.
  void init() override {
    sdk::on("reopen_logs", [this](sdk::call& c) { reopen(c); });
    add_commands();
    sdk::add_log_sink("ec_logger", [this](const sdk::record_view& r, sdk::message_view) { submit(r); });
    if (!writer_.settings().errors || !writer_.settings().has(log_kind::panic)) return;
    sdk::add_diagnostic_sink(sdk::level::warn, [this](sdk::level, std::string_view tag, std::string_view text) { panic(tag, text); });
  }

  void start() override { writer_.open(); }

  void stop() override { writer_.stop(); }

 private:
  using put_lines = std::size_t (*)(std::string&, const sdk::record_view&, const logger_settings&);

  void submit(const sdk::record_view& r) {
    const auto began = std::chrono::steady_clock::now();
    submit(log_kind::main, r, put_main);
    submit(log_kind::bounce, r, put_bounce);
    submit(log_kind::reject, r, put_reject);
    latency_.observe(std::chrono::steady_clock::now() - began);
  }

  void submit(log_kind kind, const sdk::record_view& r, put_lines put) {
    if (!writer_.settings().has(kind)) return;
    thread_local std::string text;
    text.clear();
    if (const auto lines = put(text, r, writer_.settings()); lines > 0) writer_.push(kind, text, lines);
  }

  /// On threads that complain, the writer's among them: never waits.
  void panic(std::string_view tag, std::string_view text) {
    const auto now = std::chrono::duration_cast<std::chrono::nanoseconds>(sdk::now().time_since_epoch()).count();
    std::string line;
    put_panic(line, now, tag, text, writer_.settings());
    writer_.offer(log_kind::panic, line, 1);
  }

  void add_commands() {
    sdk::command("ec_logger help").does("The commands of the module ec_logger.", [](sdk::command_call&) {
      return "ec_logger help         These lines.\n"
             "ec_logger reopen logs  Closes the files of ec_logger and opens them anew.";
    });
    sdk::command("ec_logger reopen logs")
        .needs(sdk::role::admin)
        .does("Closes the files of ec_logger and opens them anew.", [this](sdk::command_call& c) { reopen_by_command(c); });
  }

  void reopen_by_command(sdk::call& c) {
    const auto later = std::make_shared<sdk::deferred_call>(c.defer());
    writer_.reopen([later](const std::string& problems) {
      if (problems.empty()) return later->answer(sdk::value("Logs reopened."));
      later->fail(problems);
    });
  }

  void reopen(sdk::call& c) {
    const auto later = std::make_shared<sdk::deferred_call>(c.defer());
    writer_.reopen([later](const std::string& problems) {
      later->answer(problems.empty() ? sdk::verdict::proceed() : sdk::verdict::reject(451, problems));
    });
  }

  log_writer writer_;
  sdk::histogram latency_{"log_submit_latency", "How long the maker of a record was kept.", {{"logger", "ec_logger"}}};
};

}  // namespace ec_logger

GODWIT_MODULE(ec_logger::logger_module, "ec_logger", "1.0", "Momentum's mainlog, rejectlog, paniclog and bouncelog.")
