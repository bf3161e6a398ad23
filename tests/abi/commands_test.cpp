// A module's console commands through the real registry.
#include "abi/house.hpp"

using namespace godwit;

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

TEST_CASE("commands go with their module, an open one is given up") {
  test::house house;
  house.load_probe();
  const auto never = house.commands.find("probe never");
  REQUIRE(never.ok());
  house.await([&]() -> rt::task<> {
    const auto unloaded = co_await house.modules.unload("probe", std::chrono::seconds(1));
    CHECK(unloaded.ok());
  });
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
