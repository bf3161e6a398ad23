#pragma once
// A queue manager on real loops with a scripted world around it.

#include <future>

#include <asio/co_spawn.hpp>
#include <asio/use_future.hpp>
#include <doctest/doctest.h>

#include "memory_spool.hpp"
#include "queue/manager.hpp"
#include "scripted.hpp"
#include "support/eventually.hpp"

namespace godwit::queue::test {

using testing::eventually;

/// Named: GCC 12 destroys an aggregate made inside a co_await expression twice.
inline const delivery_trace no_trace;

inline mail::response reply(int code, std::string text) {
  return {.code = code, .enhanced = {}, .content = std::move(text), .command = {}};
}

/// What most agents do: one message at a time, all alike, until there is nothing to do.
inline session_script answer_all(mail::record_type type, mail::response r) {
  return [type, r](std::shared_ptr<work_source> work) -> rt::task<> {
    for (;;) {
      auto batch = co_await work->take(1, std::chrono::milliseconds(100));
      if (batch.empty()) break;
      work->connection_succeeded();
      for (auto& m : batch) {
        std::vector<outcome> outcomes(1);
        outcomes[0].type = type;
        outcomes[0].response = r;
        delivery_trace trace;
        trace.peer = mail::peer{"mx.example.com", "10.0.0.1"};
        co_await work->settle(m, std::move(outcomes), trace);
      }
    }
  };
}

inline session_script deliver_all() { return answer_all(mail::record_type::delivery, reply(250, "OK")); }

/// The scripts are kept here: a coroutine made by a lambda needs the lambda alive.
class manager_rig {
 public:
  explicit manager_rig(session_script script, std::size_t loop_count = 1)
      : loops(loop_count), agent(std::make_shared<scripted_agent>(std::move(script))) {
    manager.emplace(manager_parts{loops, policy, spool, records, [this] { return epoch.load(); }, [this] { return memory.load(); }});
    manager->set_agent("smtp", agent);
  }
  ~manager_rig() { stop(); }

  template <class F>
  auto run(F body, std::size_t on = 0) {
    return asio::co_spawn(loops.at(on).io(), std::move(body), asio::use_future).get();
  }

  void start() {
    loops.start();
    manager->start();
    is_running_ = true;
  }
  void stop() {
    if (!std::exchange(is_running_, false)) return;
    run([this] { return manager->shutdown(); });
    loops.stop();
    loops.join();
  }

  static mail::message_ref make(std::vector<std::string> recipients = {"user@example.com"}) {
    std::vector<mail::address> to;
    for (const auto& r : recipients) to.push_back(*mail::address::parse(r));
    auto m = std::make_shared<mail::message>(uuid::make_v1(), *mail::address::parse("sender@example.org"), std::move(to));
    auto body = std::make_shared<mail::body>();
    body->bytes = "Subject: hi\r\n\r\nbody\r\n";
    m->content.base = std::move(body);
    return m;
  }
  void store(mail::message& m) {
    const auto stored = run([&]() { return spool.store(m); });
    REQUIRE(stored);
  }
  result<void> insert(mail::message_ref m, std::size_t on = 0) {
    return run([this, m] { return manager->insert(m, insert_context::received); }, on);
  }
  bool becomes_empty() {
    return eventually([this] { return manager->message_count() == 0; });
  }

  rt::loop_group loops;
  memory_spool spool;
  scripted_policy policy;
  record_keeper records;
  std::shared_ptr<scripted_agent> agent;
  std::atomic<std::uint64_t> epoch{1};
  std::atomic<memory_level> memory{memory_level::enough};
  std::optional<queue::manager> manager;

 private:
  bool is_running_ = false;
};

}  // namespace godwit::queue::test
