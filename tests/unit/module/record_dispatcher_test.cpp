#include "module/record_dispatcher.hpp"

#include <doctest/doctest.h>

#include <thread>

using namespace godwit;

namespace {

struct counting_sink : mail::record_sink {
  std::atomic<int> count{0};
  void submit(const mail::log_record&, const mail::message_ref&) override { ++count; }
};

}  // namespace

TEST_CASE("each sink gets each record until its owner is removed") {
  module::record_dispatcher d;
  const auto a = std::make_shared<counting_sink>(), b = std::make_shared<counting_sink>();
  d.submit({}, nullptr);
  d.add("one", "a", a);
  d.add("two", "b", b);
  d.submit({}, nullptr);
  d.remove_owner("one");
  d.submit({}, nullptr);
  CHECK(a->count == 1);
  CHECK(b->count == 2);
  CHECK(d.size() == 1);
}

TEST_CASE("sinks come and go while records flow") {
  module::record_dispatcher d;
  const auto steady = std::make_shared<counting_sink>();
  d.add("steady", "s", steady);
  std::thread writer([&] {
    for (int i = 0; i < 20'000; ++i) d.submit({}, nullptr);
  });
  for (int i = 0; i < 200; ++i) {
    d.add("guest", "g", std::make_shared<counting_sink>());
    d.remove_owner("guest");
  }
  writer.join();
  CHECK(steady->count == 20'000);
}
