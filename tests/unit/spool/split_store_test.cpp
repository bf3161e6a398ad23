// In which order a group reaches two stores: a crash between them never leaves metadata without a body.
#include "spool/split_store.hpp"

#include <doctest/doctest.h>

namespace godwit::spool {

namespace {

using log_of_calls = std::vector<std::string>;

/// Says what it is asked to write.
class telling_store : public record_store {
 public:
  telling_store(std::string name, log_of_calls& calls) : name_(std::move(name)), calls_(calls) {}

  result<void> commit(std::span<const operation> group, durability wanted, std::uint64_t&) override {
    auto line = name_ + (wanted == durability::synced ? " synced:" : ":");
    for (const auto& op : group) line += (op.what == operation::kind::put ? " +" : " -") + std::string(1, static_cast<char>(op.key.bytes[0]));
    calls_.push_back(line);
    return {};
  }
  result<std::optional<std::string>> load(table, const uuid&) override { return std::optional<std::string>{}; }
  result<bool> contains(table, const uuid&) override { return false; }
  result<void> each_meta(const record_visitor&) override { return {}; }
  result<void> each_loose_body(const key_visitor&) override { return {}; }
  result<void> probe() override { return {}; }
  void close() override {}

 private:
  std::string name_;
  log_of_calls& calls_;
};

operation make(operation::kind what, table where, char name) {
  operation op{.what = what, .where = where, .key = {}};
  op.key.bytes[0] = static_cast<std::uint8_t>(name);
  return op;
}

}  // namespace

TEST_CASE("two stores: bodies before metadata, and removed after it") {
  log_of_calls calls;
  split_store s(std::make_unique<telling_store>("data", calls), std::make_unique<telling_store>("meta", calls));
  const auto put = operation::kind::put, erase = operation::kind::erase;
  const std::vector<operation> group{
      make(erase, table::meta, 'o'), make(erase, table::data, 'o'), make(erase, table::data, 'r'),
      make(put, table::data, 'n'),   make(put, table::data, 'r'),   make(put, table::meta, 'n')};
  std::uint64_t flushes = 0;
  REQUIRE(s.commit(group, durability::synced, flushes).ok());
  CHECK(calls == log_of_calls{"data synced: -r +n +r", "meta synced: -o +n", "data: -o"});
}

TEST_CASE("two stores: a removal alone is not flushed") {
  log_of_calls calls;
  split_store s(std::make_unique<telling_store>("data", calls), std::make_unique<telling_store>("meta", calls));
  const std::vector<operation> group{make(operation::kind::erase, table::data, 'o'), make(operation::kind::erase, table::meta, 'o')};
  std::uint64_t flushes = 0;
  REQUIRE(s.commit(group, durability::buffered, flushes).ok());
  CHECK(calls == log_of_calls{"meta: -o", "data: -o"});
}

}  // namespace godwit::spool
