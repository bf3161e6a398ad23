#include "metrics/registry.hpp"

#include <doctest/doctest.h>

#include <thread>

#include "base/internal_error.hpp"

using namespace godwit::metrics;

namespace {
bool exposes(std::string_view line) { return expose_text().find(line) != std::string::npos; }
}  // namespace

TEST_CASE("the same name and labels are the same series, in any order of labels") {
  const auto a = get_counter("t_same", "help", {{"x", "1"}, {"y", "2"}});
  const auto b = get_counter("t_same", "help", {{"y", "2"}, {"x", "1"}});
  CHECK(a == b);
  CHECK(a != get_counter("t_same", "help", {{"x", "1"}}));
}

TEST_CASE("counters and gauges in text form") {
  get_counter("t_count", "What it\ncounts", {{"queue", "a\"b\\c\nd"}})->add(3);
  get_gauge("t_gauge", "Level")->set(-4);
  CHECK(exposes(
      "# HELP t_count What it\\ncounts\n# TYPE t_count counter\nt_count{queue=\"a\\\"b\\\\c\\nd\"} 3\n"));
  CHECK(exposes("# TYPE t_gauge gauge\nt_gauge -4\n"));
}

TEST_CASE("histograms are cumulative") {
  const auto h = get_histogram("t_latency", "Seconds", {{"service", "s"}});
  h->observe(0.005);  // a bound belongs to its bucket
  h->observe(0.3);
  h->observe(60);
  CHECK(h->buckets()[0] == 1);
  CHECK(h->buckets()[11] == 1);
  CHECK(h->sum() == doctest::Approx(60.305));
  CHECK(exposes("t_latency_bucket{service=\"s\",le=\"0.005\"} 1\n"));
  CHECK(exposes("t_latency_bucket{service=\"s\",le=\"0.5\"} 2\n"));
  CHECK(exposes("t_latency_bucket{service=\"s\",le=\"10\"} 2\n"));
  CHECK(exposes("t_latency_bucket{service=\"s\",le=\"+Inf\"} 3\n"));
  CHECK(exposes("t_latency_count{service=\"s\"} 3\n"));
}

TEST_CASE("a pruned series leaves the exposition but stays usable") {
  const auto c = get_counter("t_pruned", "help", {{"queue", "q"}});
  c->add();
  CHECK(exposes("t_pruned{"));
  prune("t_pruned", {{"queue", "q"}});
  prune("t_pruned", {{"queue", "q"}});
  CHECK_FALSE(exposes("t_pruned"));
  c->add();
  CHECK(get_counter("t_pruned", "help", {{"queue", "q"}})->read() == 0);
}

TEST_CASE("one name has one type") {
  get_counter("t_typed", "help");
  CHECK_THROWS_AS(get_gauge("t_typed", "help"), godwit::internal_error);
  CHECK(exposes("# TYPE t_typed counter\nt_typed 0\n"));
}

TEST_CASE("adds from several threads are all counted") {
  const auto c = get_counter("t_threads", "help");
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([] {
      const auto mine = get_counter("t_threads", "help");
      for (int i = 0; i < 10'000; ++i) mine->add();
    });
  for (auto& t : threads) t.join();
  CHECK(c->read() == 40'000);
}
