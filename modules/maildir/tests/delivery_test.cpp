// The module's agent with the fake host: what the queue hears.
#include <godwit/testing/fake_host.hpp>

#include "directory.hpp"

using namespace godwit::sdk;
using namespace godwit::sdk::testing;
using maildir::test::directory;

extern "C" const godwit_module_descriptor* godwit_module(void);

namespace {

/// The module as the host loads it.
struct loaded {
  explicit loaded(fake_host&) {
    const auto* d = godwit_module();
    REQUIRE(d->configure(detail::bound.table, detail::bound.self, nullptr, &state) == GODWIT_OK);
    REQUIRE(d->init(state) == GODWIT_OK);
  }
  ~loaded() { godwit_module()->destroy(state); }
  void* state = nullptr;
};

std::string settings(const directory& d) {
  return R"({"maildir_path": ")" + d.path() + R"(/{{ domain_part }}/{{ local_part }}"})";
}

}  // namespace

TEST_CASE("each recipient has a file and an outcome") {
  fake_host host;
  loaded module(host);
  directory d;
  godwit_message m;
  m.recipients = {"a@example.org", "../b@example.org", "c@example.com"};
  const auto outcomes = host.deliver("maildir", settings(d), {&m});
  REQUIRE(outcomes.size() == 1);
  REQUIRE(outcomes[0].size() == 3);
  CHECK(outcomes[0][0].kind == GODWIT_DELIVERED);
  CHECK(outcomes[0][0].code == 200);
  CHECK(outcomes[0][0].content.starts_with("wrote to maildir with id="));
  CHECK(outcomes[0][1].kind == GODWIT_PERMANENT);
  CHECK(outcomes[0][1].code == 553);
  CHECK(outcomes[0][2].kind == GODWIT_DELIVERED);
  CHECK(maildir::test::files_in(d.path() + "/example.org/a/new").size() == 1);
  CHECK(maildir::test::files_in(d.path() + "/example.com/c/new").size() == 1);
  CHECK(host.counters["godwit_maildir_delivered_total"].n == 2);
  CHECK(host.counters["godwit_maildir_failed_total"].n == 1);
}

TEST_CASE("a write that fails is tried again after a minute") {
  fake_host host;
  loaded module(host);
  directory d;
  std::ofstream(d.path() + "/example.org") << "in the way";
  godwit_message m;
  const auto outcomes = host.deliver("maildir", settings(d), {&m});
  REQUIRE(outcomes[0].size() == 1);
  CHECK(outcomes[0][0].kind == GODWIT_TRANSIENT);
  CHECK(outcomes[0][0].code == 400);
  CHECK(outcomes[0][0].retry_after_ns == 60'000'000'000);
  CHECK(outcomes[0][0].content.starts_with("failed to write to maildir: "));
}

TEST_CASE("a name that no file can have is a permanent failure") {
  fake_host host;
  loaded module(host);
  directory d;
  godwit_message m;
  m.recipients = {std::string(300, 'x') + "@example.org"};
  const auto outcomes = host.deliver("maildir", settings(d), {&m});
  CHECK(outcomes[0][0].kind == GODWIT_PERMANENT);
}

TEST_CASE("settings that cannot be are refused") {
  fake_host host;
  loaded module(host);
  godwit_message m;
  CHECK_THROWS_AS(host.deliver("maildir", R"({})", {&m}), failure);
  CHECK_THROWS_AS(host.deliver("maildir", R"({"maildir_path": "relative"})", {&m}), failure);
  CHECK_THROWS_AS(host.deliver("maildir", R"({"maildir_path": "/x", "dir_mode": 99999})", {&m}), failure);
}
