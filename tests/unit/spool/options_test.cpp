#include "spool/options.hpp"

#include <doctest/doctest.h>

namespace godwit::spool {

namespace {

object base() { return {{"name", "data"}, {"path", "/x"}}; }

result<store_options> parse(object o) { return config::parse_options(store_option_table(), std::move(o)); }

}  // namespace

TEST_CASE("defaults") {
  const auto o = parse(base());
  REQUIRE(o.ok());
  CHECK(o->kind == store_kind::rocks_db);
  CHECK(o->flush);
  CHECK(o->min_free_space.is_percent);
  CHECK(o->min_free_space.amount == 10);
}

TEST_CASE("thresholds are percentages or numbers") {
  auto v = base();
  v.set("min_free_space", "5%");
  v.set("min_free_inodes", 1000);
  const auto o = parse(v);
  REQUIRE(o.ok());
  CHECK(o->min_free_space.amount == 5);
  CHECK_FALSE(o->min_free_inodes.is_percent);
  CHECK(o->min_free_inodes.amount == 1000);
  for (const value& bad : {value("110%"), value("x%"), value("%"), value("-1%"), value(-1), value(true)}) {
    v.set("min_free_space", bad);
    CHECK_FALSE(parse(v).ok());
  }
}

TEST_CASE("rocks_params") {
  auto v = base();
  v.set("kind", "RocksDB");
  v.set("rocks_params", object{{"compression_type", "Zstd"}, {"store_deadline", "5s"}, {"max_open_files", 100}});
  const auto o = parse(v);
  REQUIRE(o.ok());
  CHECK(o->rocks_params.compression_type == compression::zstd);
  CHECK(o->rocks_params.store_deadline == std::chrono::seconds(5));
  v.set("rocks_params", object{{"compresion_type", "Zstd"}});
  const auto wrong = parse(v);
  REQUIRE_FALSE(wrong.ok());
  CHECK(wrong.why().text.find("compression_type") != std::string::npos);
}

TEST_CASE("what cannot be is refused") {
  auto v = base();
  v.set("name", "other");
  CHECK_FALSE(parse(v).ok());
  v = base();
  v.set("kind", "Floppy");
  CHECK_FALSE(parse(v).ok());
  v = base();
  v.set("rocks_params", object{{"log_level", "Loud"}});
  CHECK_FALSE(parse(v).ok());
  v.set("rocks_params", object{{"optimize_level_style_compaction", 1}, {"optimize_universal_style_compaction", 1}});
  CHECK_FALSE(parse(v).ok());
}

}  // namespace godwit::spool
