// Entry of the redis module: settings, one function, one object type. The work is in service and what it is
// made of.

#include <godwit/godwit.hpp>

#include "directory.hpp"

using namespace godwit::sdk;

namespace {

constexpr auto sweep_interval = std::chrono::milliseconds(100);

/// What a script holds.
struct handle {
  std::shared_ptr<redis::service> service;
};

class redis_module final : public module {
 public:
  static const option_table& settings() {
    static const option_table table("redis", "Redis for policies.",
                                    {
                                        option::size("max_reply_size")
                                            .fallback("64MiB")
                                            .between(1024, 1LL << 40)
                                            .means("A reply that takes more memory than this fails."),
                                    });
    return table;
  }

  explicit redis_module(value_view settings)
      : services_(static_cast<std::size_t>(settings["max_reply_size"].integer())) {}

  void init() override {
    object_type<handle>("RedisConnection", "Servers opened by redis.open.");
    function("redis", "open")
        .options("params", redis::open_options())
        .returns("RedisConnection")
        .does(
            "Names the servers; connections are made when commands need them, and shared by all scripts that "
            "open the same.",
            [this](call& c) {
              c.answer_object("RedisConnection",
                              std::make_unique<handle>(handle{services_.open(c.argument(0))}));
            });
    method("RedisConnection", "query")
        .rest("command")
        .suspends()
        .returns("any")
        .does("Sends a command and its arguments; the reply as data. A reply that is an error raises.",
              [](call& c) { query(c); });
  }

  void start() override {
    sweeper_ = timer::every(sweep_interval, [this] { services_.sweep(); });
  }

 private:
  static void query(call& c) {
    redis::command wanted;
    for (std::size_t i = 1; i < c.size(); ++i) redis::append(wanted, c.argument(i));
    if (wanted.words.empty()) throw failure("redis: a command is needed");
    auto service = c.object<handle>(0).service;
    service->submit(c.defer(), std::move(wanted));
  }

  redis::directory services_;
  timer sweeper_;
};

}  // namespace

GODWIT_MODULE(redis_module, "redis", "1.0", "Redis for policies.")
