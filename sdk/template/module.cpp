// A module outside Godwit's tree: copy this folder, rename it, begin.
#include <godwit/godwit.hpp>

using namespace godwit::sdk;

class greeting : public module {
 public:
  static const option_table& settings() {
    static const option_table table(
        "greeting", "Says hello.",
        {
            option::text("text").fallback("hello").means("What greeting.say() returns."),
        });
    return table;
  }

  explicit greeting(value_view s) : text_(s["text"].text()) {}

  void init() override {
    on("smtp_server_ehlo", [](call& c) { log_info("greeted by " + std::string(c.text(0))); });
    function("greeting", "say").returns("string").does("The greeting.", [this](call&) { return text_; });
  }

 private:
  std::string text_;
};

GODWIT_MODULE(greeting, "greeting", "1.0", "Says hello.")
