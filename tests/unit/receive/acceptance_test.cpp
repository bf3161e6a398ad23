#include "receive/acceptance.hpp"

#include "rig.hpp"

using namespace godwit;
using namespace godwit::receive;
using namespace std::chrono_literals;

namespace {

using mail::record_type;

struct fixture : test::rig {
  fixture() { queues.start(); }

  std::string reply_to(smtp::transaction t, mail::record_sink* records = nullptr) {
    return take(std::move(t), records).reply.one_line();
  }
  void rewrite_recipient_to(std::string to) {
    on("smtp_server_message_received", [to = std::move(to)](const hook::arguments& args) {
      std::get<mail::message_ref>(args[0])->recipients = {*mail::address::parse(to)};
      return hook::verdict{};
    });
  }
};

hook::verdict rejection(int code, std::string text) {
  hook::verdict v;
  v.what = hook::verdict::kind::reject;
  v.code = code;
  v.text = std::move(text);
  return v;
}

void pass(std::chrono::steady_clock::time_point until) {
  while (std::chrono::steady_clock::now() < until) std::this_thread::yield();
}

/// Holds up who logs a reception until the transaction's time is over.
struct slow_log final : mail::record_sink {
  explicit slow_log(duration d) : delay(d) {}
  void submit(const mail::log_record& r, const mail::message_ref&) override {
    types.push_back(r.type);
    if (r.type == record_type::reception) pass(std::chrono::steady_clock::now() + delay);
    if (r.type == record_type::bounce) bounce = r.response.content;
  }
  duration delay;
  std::vector<record_type> types;
  std::string bounce;
};

}  // namespace

TEST_CASE_FIXTURE(fixture, "each recipient's message is stored, logged and queued") {
  CHECK(reply_to(transaction({"a@x.test", "b@y.test"})).starts_with("250 OK ids="));
  CHECK(queues.records.wait_for(record_type::delivery, 2).size() == 2);
  CHECK(queues.records.all(record_type::reception).size() == 2);
  CHECK(queues.spool.stores() == 2);
}

TEST_CASE_FIXTURE(fixture, "one refused message of several") {
  on("smtp_server_message_received", [](const hook::arguments& args) {
    const bool is_bad = std::get<mail::message_ref>(args[0])->recipients.front().domain() == "x.test";
    return is_bad ? rejection(550, "5.7.1 no") : hook::verdict{};
  });
  CHECK(reply_to(transaction({"a@x.test"})) == "550 5.7.1 no");
  CHECK(reply_to(transaction({"a@x.test", "b@y.test"})).starts_with("250 PARTIAL ids="));
  CHECK(queues.records.all(record_type::rejection).size() == 1);
}

TEST_CASE_FIXTURE(fixture, "queue null: accepted, neither stored nor logged") {
  on("smtp_server_message_received", [](const hook::arguments& args) {
    std::get<mail::message_ref>(args[0])->set_meta("queue", "null");
    return hook::verdict{};
  });
  CHECK(reply_to(transaction({"a@x.test"})).starts_with("250 OK ids="));
  CHECK(queues.spool.stores() == 0);
  CHECK(queues.records.all().empty());
}

TEST_CASE_FIXTURE(fixture, "a broken spool is a temporary failure") {
  queues.spool.set_broken(true);
  CHECK(reply_to(transaction({"a@x.test"})) == "452 4.3.1 insufficient system storage, try again later");
  CHECK(queues.records.all().empty());
}

TEST_CASE_FIXTURE(fixture, "a store that ran into its deadline has a reply of its own") {
  queues.spool.set_broken(true, std::string(spool::write_timed_out));
  CHECK(reply_to(transaction({"a@x.test"})) == "451 4.4.5 spool write timed out");
}

TEST_CASE_FIXTURE(fixture, "metadata of smtp_server_data is that of every message, beside the connection's") {
  on("smtp_server_data", [this](const hook::arguments& args) {
    std::get<mail::message_ref>(args[0])->set_meta("x_of_message", "yes");
    context->meta.set("x_of_connection", "yes");
    return hook::verdict{};
  });
  std::vector<std::string> seen;
  on("smtp_server_message_received", [&](const hook::arguments& args) {
    const auto& m = *std::get<mail::message_ref>(args[0]);
    for (const auto* key : {"x_of_message", "x_of_connection", "reception_protocol"}) seen.emplace_back(m.get_meta_string(key));
    return hook::verdict{};
  });
  CHECK(reply_to(transaction({"a@x.test", "b@y.test"})).starts_with("250"));
  CHECK(seen == std::vector<std::string>{"yes", "yes", "ESMTP", "yes", "yes", "ESMTP"});
  CHECK_FALSE(context->meta.find("x_of_message"));
}

TEST_CASE_FIXTURE(fixture, "schedule, due time and force_sync of smtp_server_data are those of every message") {
  const auto later = std::chrono::system_clock::now() + std::chrono::hours(1);
  on("smtp_server_data", [&](const hook::arguments& args) {
    auto& whole = *std::get<mail::message_ref>(args[0]);
    whole.schedule.emplace();
    whole.schedule->first_attempt = later;
    whole.due = later;
    whole.force_sync = true;
    return hook::verdict{};
  });
  std::size_t seen = 0;
  on("smtp_server_message_received", [&](const hook::arguments& args) {
    const auto& m = *std::get<mail::message_ref>(args[0]);
    CHECK((m.schedule && m.schedule->first_attempt == later && m.due == later && m.force_sync));
    ++seen;
    return hook::verdict{};
  });
  CHECK(reply_to(transaction({"a@x.test", "b@y.test"})).starts_with("250"));
  CHECK(seen == 2);
}

TEST_CASE_FIXTURE(fixture, "a recipient that the policy put in passes the relay rule or is refused") {
  options.relay_hosts = {};
  on_domain("x.test", {{"relay_to", true}});
  CHECK(reply_to(transaction({"a@x.test"})).starts_with("250"));
  rewrite_recipient_to("victim@elsewhere.test");
  CHECK(reply_to(transaction({"a@x.test"})) == "550 5.7.1 relaying not permitted");
}

TEST_CASE_FIXTURE(fixture, "reports are dropped or relayed, other mail is refused") {
  options.relay_hosts = {};
  SUBCASE("dropped") {
    on_domain("x.test", {{"log_oob", "LogThenDrop"}});
    CHECK(reply_to(transaction({"a@x.test"}, test::bounce_report())).starts_with("250 OK ids="));
    CHECK(queues.records.all(record_type::reception).empty());
    CHECK(queues.spool.stores() == 0);
  }
  SUBCASE("relayed") {
    on_domain("x.test", {{"log_oob", "LogThenRelay"}});
    CHECK(reply_to(transaction({"a@x.test"}, test::bounce_report())).starts_with("250 OK ids="));
    CHECK(queues.records.all(record_type::reception).size() == 1);
    CHECK(reply_to(transaction({"a@x.test"})) == "550 5.7.1 relaying not permitted");
  }
  CHECK(queues.records.all(record_type::oob).size() == 1);
}

TEST_CASE_FIXTURE(fixture, "a report is not logged when its message could not be stored") {
  on_domain("x.test", {{"log_oob", "LogThenRelay"}});
  queues.spool.set_broken(true);
  CHECK(reply_to(transaction({"a@x.test"}, test::bounce_report())).starts_with("452"));
  CHECK(queues.records.all().empty());
}

TEST_CASE_FIXTURE(fixture, "time is over while the policy works") {
  options.data_processing_timeout = 20ms;
  on_async("smtp_server_message_received", [](const hook::arguments&) -> rt::task<hook::verdict> {
    co_await rt::sleep_for(1h);
    co_return hook::verdict{};
  });
  CHECK(reply_to(transaction({"a@x.test"})) == "451 4.4.5 data_processing_timeout exceeded (rx)");
  CHECK(queues.spool.stores() == 0);
}

TEST_CASE_FIXTURE(fixture, "time is over while the queue is looked up") {
  options.data_processing_timeout = 20ms;
  queues.policy.on_queue = [](const auto&) {
    pass(std::chrono::steady_clock::now() + 20ms);
    return queue::queue_config{};
  };
  CHECK(reply_to(transaction({"a@x.test"})) == "451 4.4.5 data_processing_timeout exceeded (resolve)");
  CHECK(queues.spool.stores() == 0);
}

TEST_CASE_FIXTURE(fixture, "time is over while the message is stored: it is taken out again") {
  options.data_processing_timeout = 20ms;
  queues.spool.on_store = [] { pass(std::chrono::steady_clock::now() + 20ms); };
  CHECK(reply_to(transaction({"a@x.test"})) == "451 4.4.5 data_processing_timeout exceeded (spool)");
  CHECK(queues.spool.size() == 0);
  CHECK(queues.records.all().empty());
}

TEST_CASE_FIXTURE(fixture, "time is over after the reception was logged: it is unwound") {
  options.data_processing_timeout = 1s;
  slow_log log(1s);
  CHECK(reply_to(transaction({"a@x.test"}), &log) == "451 4.4.5 data_processing_timeout exceeded (insert)");
  CHECK(log.types == std::vector{record_type::reception, record_type::bounce});
  CHECK(log.bounce == "KumoMTA internal: QueueManager::insert failed during reception: data_processing_timeout exceeded");
  CHECK(queues.spool.size() == 0);
}
