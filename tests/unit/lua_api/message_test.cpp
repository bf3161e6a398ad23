#include "unit/lua_api/policy_fixture.hpp"

#include "spool/spool.hpp"

using namespace godwit;
using test::policy_fixture;

namespace {

constexpr const char* data =
    "From: \"A. Person\" <a@example.org>\r\nTo: b@example.com, c@example.com\r\nSubject: "
    "=?utf-8?q?h=C3=A9?=\r\n"
    "X-Campaign-Id: spring\r\nX-Tag: 1\r\nX-Tag: 2\r\nX-Schedule: "
    "{\"first_attempt\":\"2030-01-01T00:00:00Z\"}\r\n"
    "\r\nbody\r\n";

struct fixture : policy_fixture {
  mail::message_ref m = make_message(data);

  value with_message(const std::string& body) {
    must_load("kumo.on('e', function(msg) " + body + " end)");
    return fire("e", {m}).returned.value_or(value{});
  }
};

}  // namespace

TEST_CASE_FIXTURE(fixture, "envelope and metadata") {
  CHECK(with_message("return msg:id()") == value(m->id.simple()));
  CHECK(with_message(
            "return {msg:sender().email, msg:recipient().user, #msg:recipient_list(), msg:queue_name()}") ==
        value(value::array{"from@example.org", "user", 1, "example.com"}));
  with_message("msg:set_sender('new@example.net') msg:set_recipient {'x@a.example', msg:recipient()}");
  CHECK(m->sender.email() == "new@example.net");
  REQUIRE(m->recipients.size() == 2);
  CHECK(m->recipients[1].email() == "user@example.com");
  CHECK(with_message("return #msg:recipient()") == value(2));
  CHECK(with_message("msg:set_meta('tenant', 't') msg:set_meta('x', {a = {1, 2}}) "
                     "return {msg:get_meta('x').a[2], msg:get_meta('none') == nil, msg:queue_name()}") ==
        value(value::array{2, true, "t@a.example"}));
}

TEST_CASE_FIXTURE(fixture, "headers are read decoded") {
  CHECK(with_message("return msg:get_first_named_header_value('subject')") == value("h\xc3\xa9"));
  CHECK(with_message("return msg:get_first_named_header_value('none') == nil") == value(true));
  CHECK(with_message("return msg:get_all_named_header_values('X-Tag')") == value(value::array{"1", "2"}));
  CHECK(with_message("return msg:get_all_headers()[4]") == value(value::array{"X-Campaign-Id", "spring"}));
  CHECK(with_message("local f = msg:from_header() return {f.user, f.domain, f.email, f.name}") ==
        value(value::array{"a", "example.org", "a@example.org", "A. Person"}));
  CHECK(with_message("return {#msg:to_header().list, pcall(function() return msg:to_header().email end)}")
            .as_array()
            ->at(1) == value(false));
}

TEST_CASE_FIXTURE(fixture, "headers are changed") {
  with_message("msg:append_header('X-End', 'z') msg:prepend_header('X-Start', 'h\xc3\xa9', true)");
  const auto text = m->content.join();
  CHECK(text.find("X-Start: =?") == 0);
  CHECK(text.find("X-End: z\r\n\r\nbody") != std::string::npos);
  with_message("msg:remove_all_named_headers('x-tag')");
  CHECK(m->all_headers("X-Tag").empty());
  with_message("msg:remove_x_headers()");
  CHECK(!m->first_header("X-Campaign-Id"));
  CHECK(m->first_header("Subject"));
  with_message("msg:set_data('Subject: new\\r\\n\\r\\n')");
  CHECK(with_message("return msg:get_data()") == value("Subject: new\r\n\r\n"));
}

TEST_CASE_FIXTURE(fixture, "headers become metadata") {
  with_message("msg:import_x_headers()");
  CHECK(m->get_meta_string("x_campaign_id") == "spring");
  CHECK(m->get_meta_string("x_tag") == "2");
  with_message(
      "msg:import_headers { {name = 'X-Tag', match = 'all', target = 'tags', remove = true}, "
      "{name = 'X-Camp*', transform = 'pascal_case'} }");
  CHECK(*m->get_meta("tags") == value(value::array{"1", "2"}));
  CHECK(m->get_meta_string("XCampaignId") == "spring");
  CHECK(!m->first_header("X-Tag"));
}

TEST_CASE_FIXTURE(fixture, "schedules") {
  CHECK(with_message("return msg:import_scheduling_header('X-Schedule', true)").find("first_attempt"));
  CHECK(m->schedule->first_attempt);
  CHECK(!m->first_header("X-Schedule"));
  with_message("msg:set_scheduling(nil)");
  CHECK(!m->schedule);
  with_message("msg:set_due('2030-01-01T00:00:00Z') msg:increment_num_attempts() msg:set_force_sync(true)");
  CHECK(m->due);
  CHECK(m->attempts == 1);
  CHECK(m->force_sync);
}

TEST_CASE_FIXTURE(fixture, "made messages") {
  CHECK(eval("local m = kumo.make_message('a@example.com', {'b@example.com', 'c@example.com'}, 'Subject: "
             "x\\r\\n\\r\\n') "
             "return {#m:id(), #m:recipient_list(), m:get_first_named_header_value('Subject')}") ==
        value(value::array{32, 2, "x"}));
  CHECK(failure("kumo.make_message('a b', 'b@example.com', '')")
            .find("bad argument #1 'sender' to 'kumo.make_message'") != std::string::npos);
  CHECK(failure("kumo.inject_message(kumo.make_message('a@example.com', 'b@example.com', 'x'))")
            .find("the queues are not running yet") != std::string::npos);
}

namespace {

/// Knows one body.
struct one_body_spool final : spool::spool {
  int loads = 0, stores = 0;
  rt::task<result<void>> store(mail::message& m) override {
    ++stores;
    m.is_spooled = true;
    m.meta_dirty = m.data_dirty = false;
    co_return result<void>{};
  }
  rt::task<result<void>> store_all(std::vector<mail::message*>) override { co_return result<void>{}; }
  void remove(const mail::message&) override {}
  rt::task<result<mail::message_ref>> load_meta(const uuid&) override { co_return error{"none"}; }
  rt::task<result<void>> load_data(mail::message& m) override {
    ++loads;
    co_await rt::sleep_for(std::chrono::milliseconds(1));
    m.content.base = mail::make_body("Subject: from disk\r\n\r\n");
    co_return result<void>{};
  }
  rt::task<result<std::size_t>> enumerate(std::function<void(mail::message_ref)>) override {
    co_return std::size_t{0};
  }
  ::godwit::spool::health state() const override { return ::godwit::spool::health::good; }
  std::string state_reason() const override { return ""; }
  void close() override {}
};

}  // namespace

TEST_CASE_FIXTURE(fixture, "a body on disk is loaded when it is asked for, and can leave memory again") {
  one_body_spool store;
  must_load(
      "kumo.on('e', function(msg) msg:shrink() local s = msg:get_first_named_header_value('Subject') "
      "return s .. '/' .. msg:get_first_named_header_value('Subject') end)");
  policy->services().store = &store;
  CHECK(fire("e", {m}).returned == value("from disk/from disk"));
  CHECK(store.stores == 1);
  CHECK(store.loads == 1);
}

TEST_CASE_FIXTURE(fixture, "reports are read, other mail is none") {
  CHECK(with_message("return {msg:parse_rfc3464() == nil, msg:parse_rfc5965() == nil}") == value(value::array{true, true}));
  const std::string head = "Content-Type: multipart/report; report-type={}; boundary=B\r\n\r\n--B\r\nContent-Type: message/{}\r\n\r\n";
  m = make_message(fmt::format(fmt::runtime(head), "delivery-status", "delivery-status") +
                   "Reporting-MTA: dns; mx.example.com\r\n\r\nFinal-Recipient: rfc822; a@b\r\nAction: failed\r\nStatus: 5.1.1\r\n--B--\r\n");
  CHECK(with_message("local r = msg:parse_rfc3464() return {r.per_message.reporting_mta.name, r.per_recipient[1].action, "
                     "r.per_recipient[1].status.class, msg:parse_rfc5965() == nil}") ==
        value(value::array{"mx.example.com", "failed", 5, true}));
  m = make_message(fmt::format(fmt::runtime(head), "feedback-report", "feedback-report") +
                   "Feedback-Type: abuse\r\nUser-Agent: x\r\nVersion: 1\r\n--B--\r\n");
  CHECK(with_message("return msg:parse_rfc5965().feedback_type") == value("abuse"));
  m = make_message(fmt::format(fmt::runtime(head), "feedback-report", "feedback-report") + "Version: 1\r\n--B--\r\n");
  CHECK(with_message("local ok, why = pcall(msg.parse_rfc5965, msg) return {ok, tostring(why):find('Feedback%-Type is missing') ~= nil}") ==
        value(value::array{false, true}));
}
