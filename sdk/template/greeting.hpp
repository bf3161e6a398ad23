#pragma once
// Puts a header field with a text from the settings into every message, and counts them.

#include <godwit/godwit.hpp>

#include <string>

class greeting_module : public godwit::sdk::module {
 public:
  /// The keys of [modules.greeting].
  static const godwit::sdk::option_table& settings() {
    using godwit::sdk::option;
    static const godwit::sdk::option_table table("greeting", "The header field X-greeting.", {
        option::text("text").fallback("hello").means("What the field says."),
    });
    return table;
  }

  explicit greeting_module(godwit::sdk::value_view s) : text_(s["text"].text()) {}

  void init() override {
    using namespace godwit::sdk;
    seen_ = counter("godwit_greeting_messages_total", "Messages that got the field.");
    on("smtp_server_message_received", [this](call& c) {
      c.message(0).prepend_header("X-greeting", text_);
      seen_.add();
    });
    function("greeting", "text").returns("string").does("What the field says.", [this](call&) { return text_; });
    command("greeting text").does("What the field says.", [this](command_call&) { return text_; });
  }

 private:
  std::string text_;
  godwit::sdk::counter seen_;
};
