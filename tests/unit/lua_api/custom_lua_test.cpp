#include "unit/lua_api/policy_fixture.hpp"

#include <deque>

using namespace godwit;
using test::policy_fixture;

namespace {

/// A ready queue with given messages, which writes down what became of them.
struct given_work final : queue::work_source {
  std::deque<mail::message_ref> waiting;
  queue::egress_path_config path_;
  queue::egress_source_config source_;
  queue::site site_;
  std::string name_ = "unspecified->example.com@lua:make.x", domain_ = "example.com";
  std::vector<std::pair<mail::record_type, std::string>> settled;
  std::optional<mail::response> failed;
  mutable std::string first_;

  const queue::egress_path_config& path() const override { return path_; }
  const queue::egress_source_config& source() const override { return source_; }
  const queue::site& destination() const override { return site_; }
  const std::string& name() const override { return name_; }
  const std::string& routing_domain() const override { return domain_; }
  const std::string* peek_queue() const override {
    if (waiting.empty()) return nullptr;
    first_ = mail::queue_name_of(*waiting.front());
    return &first_;
  }
  rt::task<std::vector<mail::message_ref>> take(std::size_t max, std::chrono::nanoseconds) override {
    std::vector<mail::message_ref> taken;
    for (; taken.size() < max && !waiting.empty(); waiting.pop_front()) taken.push_back(waiting.front());
    co_return taken;
  }
  rt::task<> settle(mail::message_ref, std::vector<queue::outcome> outcomes,
                    const queue::delivery_trace&) override {
    const auto& r = outcomes.front().response;
    settled.emplace_back(outcomes.front().type, fmt::format("{} {}", r.code, r.content));
    co_return;
  }
  rt::task<std::vector<bool>> settle_part(mail::message_ref, std::vector<queue::outcome>, const queue::delivery_trace&) override {
    throw std::logic_error("custom_lua settles whole messages");
    co_return std::vector<bool>{};
  }
  rt::task<> rebind(mail::message_ref, mail::record_type, mail::response, const queue::delivery_trace&) override {
    throw std::logic_error("custom_lua does not rebind");
    co_return;
  }
  void give_back(mail::message_ref m) override { waiting.push_front(std::move(m)); }
  rt::task<> connection_failed(mail::response r, const queue::delivery_trace&) override {
    failed = std::move(r);
    co_return;
  }
  void connection_succeeded() override {}
  void source_failed(queue::source_trouble, std::string_view) override {}
  void note_progress(std::string_view, std::string) override {}
  rt::task<> settle_all(mail::record_type, mail::response, queue::insert_context) override { co_return; }
};

struct fixture : policy_fixture {
  std::shared_ptr<given_work> deliver(const std::string& text, int messages, std::size_t batch_size = 1) {
    must_load(text);
    auto work = std::make_shared<given_work>();
    for (int i = 0; i < messages; ++i) {
      work->waiting.push_back(make_message());
      work->waiting.back()->set_meta("n", value(i));
    }
    auto agent = policy->custom_lua_agent();
    queue::protocol_config protocol;
    protocol.custom_lua.emplace();
    protocol.custom_lua->constructor = "make.x";
    protocol.custom_lua->batch_size = batch_size;
    run([&]() -> rt::task<> {
      auto site = co_await agent->resolve("example.com", protocol);
      REQUIRE(site);
      CHECK(site->protocol == "lua:make.x");
      work->site_ = *site;
      co_await agent->run_session(work);
    });
    return work;
  }
};

using type = mail::record_type;

}  // namespace

TEST_CASE_FIXTURE(fixture, "each outcome of send is what becomes of the message") {
  auto work = deliver(R"(
kumo.on('make.x', function(domain, tenant, campaign)
  local connection = { count = 0 }
  function connection:send(msg)
    self.count = self.count + 1
    local n = msg:get_meta('n')
    if n == 1 then kumo.reject(450, '4.0.0 later') end
    if n == 2 then kumo.reject(550, '5.0.0 never') end
    kumo.sleep(0.001)
    return domain .. ' ' .. self.count
  end
  function connection:close() closed = (closed or 0) + 1 end
  return connection
end)
kumo.on('probe', function() return closed end)
)",
                      4);
  using outcome = std::pair<type, std::string>;
  CHECK(work->settled == std::vector<outcome>{{type::delivery, "200 example.com 1"},
                                              {type::transient_failure, "450 later"},
                                              {type::bounce, "550 never"},
                                              {type::delivery, "200 example.com 4"}});
  CHECK(fire("probe").returned == value(1));
}

TEST_CASE_FIXTURE(fixture, "421 and script errors end the session") {
  auto work = deliver(
      "kumo.on('make.x', function() return { send = function(_, msg) kumo.reject(421, 'busy') end } end)", 2);
  CHECK(work->settled.size() == 1);
  CHECK(work->settled[0].first == type::transient_failure);
  CHECK(work->waiting.size() == 1);
  work =
      deliver("kumo.on('make.x', function() return { send = function(_, msg) error('broken') end } end)", 2);
  REQUIRE(work->settled.size() == 1);
  CHECK(work->settled[0].first == type::transient_failure);
  CHECK(work->settled[0].second.find("400 KumoMTA internal: error in deliver_message: init.lua:2: broken") ==
        0);
}

TEST_CASE_FIXTURE(fixture, "batches go to send_batch") {
  auto work = deliver(
      "kumo.on('make.x', function() return { send_batch = function(_, all) return #all .. "
      "all[1]:get_meta('n') end } end)",
      5, 2);
  REQUIRE(work->settled.size() == 5);
  CHECK(work->settled[0].second == "200 20");
  CHECK(work->settled[3].second == "200 22");
  CHECK(work->settled[4].second == "200 14");
}

TEST_CASE_FIXTURE(fixture, "a constructor that fails is a failed connection") {
  auto work = deliver("kumo.on('make.x', function() kumo.reject(451, 'no broker') end)", 1);
  CHECK(work->failed->code == 451);
  CHECK(work->waiting.size() == 1);
  work = deliver("kumo.on('make.x', function() error('broken') end)", 1);
  CHECK(work->failed->content.find("KumoMTA internal: error in make.x: init.lua:2: broken") == 0);
  work = deliver("", 1);
  CHECK(work->failed->content.find("no handler is registered for the event make.x") != std::string::npos);
}
