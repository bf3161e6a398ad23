// Why: group commit is worth what it saves. Sessions store a message and remove an earlier one, as a server does whose
// mail leaves at once; prints messages a second, flushes and processor time per message.
//
//   spool_bench [KIND] [SESSIONS] [MESSAGES] [DIRECTORY]     (RocksDB, 20, 20000, a temporary directory)
#include <stdlib.h>
#include <sys/resource.h>

#include <charconv>
#include <deque>
#include <filesystem>

#include <asio/co_spawn.hpp>
#include <asio/use_future.hpp>

#include "metrics/registry.hpp"
#include "rt/blocking_pool.hpp"
#include "rt/loop.hpp"
#include "spool/spool.hpp"

using namespace godwit;

namespace {

constexpr std::size_t body_size = 10 * 1024;
constexpr std::size_t in_flight = 5;  ///< messages a session keeps before the oldest is removed

double cpu_seconds() {
  rusage u{};
  ::getrusage(RUSAGE_SELF, &u);
  const auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; };
  return seconds(u.ru_utime) + seconds(u.ru_stime);
}

mail::message_ref make_message() {
  std::vector<mail::address> to{*mail::address::parse("recipient@example.com")};
  auto m = std::make_shared<mail::message>(uuid::make_v1(), *mail::address::parse("sender@example.org"), std::move(to));
  m->content.base = mail::make_body(std::string(body_size, 'x'));
  m->set_meta("received_from", "192.0.2.1:12345");
  m->set_meta("reception_protocol", "ESMTP");
  return m;
}

rt::task<> session(spool::spool& target, int messages) {
  std::deque<mail::message_ref> kept;
  for (int i = 0; i < messages; ++i) {
    kept.push_back(make_message());
    auto stored = co_await target.store(*kept.back());
    if (!stored) {
      fmt::print(stderr, "{}\n", stored.why().text);
      ::exit(1);
    }
    if (kept.size() <= in_flight) continue;
    target.remove(*kept.front());
    kept.pop_front();
  }
  for (const auto& m : kept) target.remove(*m);
}

std::vector<spool::store_options> stores(const std::string& directory, bool is_local) {
  std::vector<spool::store_options> all(2);
  for (std::size_t i = 0; i < 2; ++i) {
    all[i].name = i == 0 ? "data" : "meta";
    all[i].path = directory + "/" + all[i].name;
    all[i].kind = is_local ? spool::store_kind::local_disk : spool::store_kind::rocks_db;
    all[i].min_free_space = all[i].min_free_inodes = {.is_percent = false, .amount = 0};
  }
  return all;
}

int number(const char* text) {
  int n = 0;
  std::from_chars(text, text + std::string_view(text).size(), n);
  return n;
}

void run(const std::string& directory, bool is_local, int sessions, int messages) {
  rt::blocking_pool pool("bench", 2);
  rt::loop_group loops(2);
  auto target = spool::open(stores(directory, is_local), pool);
  if (!target) {
    fmt::print(stderr, "{}\n", target.why().text);
    ::exit(1);
  }
  loops.start();
  const auto started = std::chrono::steady_clock::now();
  const double cpu_before = cpu_seconds();
  std::vector<std::future<void>> done;
  for (int i = 0; i < sessions; ++i) {
    done.push_back(asio::co_spawn(loops.at(static_cast<std::size_t>(i) % 2).io(),
                                  session(**target, messages / sessions), asio::use_future));
  }
  for (auto& d : done) d.get();
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  const double cpu = cpu_seconds() - cpu_before;
  (*target)->close();
  const auto n = static_cast<double>(metrics::get_counter("godwit_spool_commit_messages", "")->read());
  fmt::print("{} sessions, {:.0f} messages of {} bytes: {:.0f} messages/s, {:.3f} flushes/message, {:.1f} in a group, "
             "{:.1f} us CPU/message\n",
             sessions, n, body_size, n / seconds,
             static_cast<double>(metrics::get_counter("godwit_spool_flushes", "")->read()) / n,
             n / static_cast<double>(metrics::get_counter("godwit_spool_commits", "")->read()), cpu * 1e6 / n);
}

}  // namespace

int main(int count, char** arguments) {
  const bool is_local = count > 1 && std::string_view(arguments[1]) == "LocalDisk";
  const int sessions = count > 2 ? number(arguments[2]) : 20;
  const int messages = count > 3 ? number(arguments[3]) : 20000;
  std::string directory = count > 4 ? arguments[4] : "";
  const bool is_temporary = directory.empty();
  if (is_temporary) {
    directory = (std::filesystem::temp_directory_path() / "godwit-bench-XXXXXX").string();
    if (::mkdtemp(directory.data()) == nullptr) return 1;
  }
  run(directory, is_local, sessions, messages);
  if (is_temporary) std::filesystem::remove_all(directory);
}
