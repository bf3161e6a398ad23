// The JSON-lines log as a module: settings, the Lua function, one sink per log.

#include <godwit/godwit.hpp>

#include "log.hpp"

using namespace godwit::sdk;

namespace {

class log_module final : public module {
 public:
  static const option_table& settings() { return log_json::module_options(); }

  explicit log_module(value_view settings) {
    const auto logs = settings["logs"];
    for (std::size_t i = 0; i < logs.size(); ++i)
      configured_.push_back(log_json::log_settings::from(logs[i]));
  }

  void init() override {
    function("kumo", "configure_local_logs")
        .options("params", log_json::log_options())
        .does("Enables a JSON-lines log in zstd segments; may be called several times.",
              [this](call& c) { open(log_json::log_settings::from(c.argument(0))); });
  }

  /// Logs of the configuration file open here and not in init: --check-module creates no directories.
  void start() override {
    for (auto& settings : configured_) open(std::move(settings));
    configured_.clear();
  }

  void stop() override {
    for (const auto& l : logs_) l->stop();
  }

 private:
  void open(log_json::log_settings settings) {
    auto made = std::make_shared<log_json::log>(std::move(settings), std::string(server_info("node_id")));
    add_log_sink(made->settings().log_dir,
                 [made](const record_view& r, message_view m) { made->submit(r, m); });
    log_info("logging to " + made->settings().log_dir);
    logs_.push_back(std::move(made));
  }

  std::vector<log_json::log_settings> configured_;
  std::vector<std::shared_ptr<log_json::log>> logs_;
};

}  // namespace

GODWIT_MODULE(log_module, "log_json", "1.0", "JSON-lines log in zstd segments.")
