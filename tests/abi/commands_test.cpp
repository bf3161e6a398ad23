// A module's console commands through the real registry.
#include "abi/house.hpp"

using namespace godwit;
using namespace std::chrono_literals;

namespace {

std::uint64_t open_calls(test::house& house) {
  std::uint64_t open = 0;
  house.await([&]() -> rt::task<> {
    open = house.modules.list().at(0).open;
    co_return;
  });
  return open;
}

/// Given by somebody who now waits for what it prints.
std::future<std::string> begin(test::house& house, std::string_view line) {
  auto answer = std::async(std::launch::async, [&house, line] { return house.command(line); });
  for (int i = 0; i < 5000 && open_calls(house) == 0; ++i) std::this_thread::sleep_for(1ms);
  return answer;
}

}  // namespace

TEST_CASE("words arrive typed, the answer is shown by its kind") {
  test::house house;
  house.load_probe();
  CHECK(house.command("probe say hello") == "hello\n");
  CHECK(house.command("probe say --loud hello 2") == "hello!\nhello!\n");
  CHECK(house.command("probe table SMALL --age 5s") == "Kind          Age\nsmall  5000000000\n");
  CHECK(house.command("probe record") == "user: alice\nrole: admin\n");
  CHECK(house.commands.find("probe record")->command->role == control::role::admin);
}

TEST_CASE("the host reads the words") {
  test::house house;
  house.load_probe();
  CHECK(house.command("probe table medium").starts_with("error: kind must be one of small, large, got 'medium'"));
  CHECK(house.command("probe say x y").starts_with("error: times must be an integer, got 'y'"));
}

TEST_CASE("an answer may come later, a throw is an error") {
  test::house house;
  house.load_probe();
  CHECK(house.command("probe later") == "later\n");
  CHECK(house.command("probe fail") == "error: the list is gone");
}

TEST_CASE("commands go with their module") {
  test::house house;
  house.load_probe();
  const auto never = house.commands.find("probe never");
  REQUIRE(never.ok());
  CHECK(house.unload().ok());
  CHECK(house.command("probe say x").starts_with("error: unknown command"));
  const control::arguments none;
  control::output out([](control::parts) -> rt::task<> { co_return; });
  const control::caller by;
  house.await([&]() -> rt::task<> {
    const control::invocation call{none, out, by};
    const auto ran = co_await never->command->handler(call);
    REQUIRE_FALSE(ran.ok());
    CHECK(ran.why().text == "module probe is being unloaded");
  });
}

TEST_CASE("an open command is given up when its module goes") {
  test::house house;
  house.load_probe();
  auto answer = begin(house, "probe never");
  CHECK(house.unload(10s).ok());  // drain lets go of what nobody will answer
  CHECK(answer.get() == "error: the module gave no answer");
}

TEST_CASE("an open command that its module holds on to delays unloading only so long, and its late answer arrives") {
  test::house house;
  house.load_probe();
  auto answer = begin(house, "probe stubborn");
  CHECK(house.unload(30ms).why().text == "module 'probe' had calls open after its time was over; it was stopped all the same");
  CHECK(house.modules.list().empty());
  CHECK(answer.get() == "at last\n");
}
