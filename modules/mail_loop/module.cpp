// Entry of the mail_loop module. The work is in loop_check.

#include <godwit/module.hpp>

#include "loop_check.hpp"

namespace mail_loop {

namespace sdk = godwit::sdk;

class loop_module final : public sdk::module {
 public:
  static const sdk::option_table& settings() { return loop_settings(); }

  explicit loop_module(sdk::value_view settings) : check_(settings) {}

  void init() override {
    sdk::on("smtp_server_data", [this](sdk::call& c) { return check_.check(c.message(0), c.connection(1)); },
            {.priority = before_policies, .needs_data = true});
  }

  void start() override {
    if (check_.uses_addresses()) check_.set_addresses(own_addresses::read());
  }

 private:
  /// So that a policy sees what was found.
  static constexpr int before_policies = -100;

  loop_check check_;
};

}  // namespace mail_loop

GODWIT_MODULE(mail_loop::loop_module, "mail_loop", "1.0", "Detects mail loops.")
