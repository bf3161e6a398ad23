// Why: the process that dies. It stores under load on several loops, and says on its standard output what has been
// acknowledged ("A ID") and what it is about to remove ("R ID"): lines written before it dies are the facts to verify.
#include <unistd.h>

#include <deque>
#include <random>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>

#include "crash_spool.hpp"
#include "rt/blocking_pool.hpp"
#include "rt/loop.hpp"
#include "spool/spool.hpp"

namespace godwit::crash {

namespace {

constexpr int sessions = 16;
constexpr std::size_t kept_per_session = 40;

/// One write of at most PIPE_BUF bytes: a line arrives whole or not at all.
void say(char what, const std::vector<uuid>& ids) {
  std::string text;
  for (const auto& id : ids) text += fmt::format("{} {}\n", what, id.simple());
  if (::write(STDOUT_FILENO, text.data(), text.size()) < 0) ::_exit(3);
}

class session {
 public:
  session(spool::spool& target, unsigned seed) : spool_(target), random_(seed) {}

  rt::task<> run() {
    for (;;) {
      auto stored = co_await store_some();
      if (!stored) ::_exit(2);
      remove_some();
    }
  }

 private:
  rt::task<result<void>> store_some() {
    const std::size_t size = random_() % 8 == 0 ? 200'000 : 200 + random_() % 20'000;
    const auto body = mail::make_body(make_bytes(size, random_()));
    std::vector<mail::message_ref> messages;
    std::vector<mail::message*> pointers;
    for (auto n = random_() % 3 == 0 ? 1 + random_() % 5 : 1; n > 0; --n) {
      messages.push_back(make_message(body));
      pointers.push_back(messages.back().get());
    }
    auto stored = co_await spool_.store_all(std::move(pointers));
    if (!stored) co_return stored;
    std::vector<uuid> ids;
    for (auto& m : messages) {
      ids.push_back(m->id);
      kept_.push_back(std::move(m));
    }
    say('A', ids);
    co_return stored;
  }

  mail::message_ref make_message(const mail::body_ref& body) {
    std::vector<mail::address> to{*mail::address::parse("b@example.com")};
    auto m = std::make_shared<mail::message>(uuid::make_v1(), *mail::address::parse("a@example.org"), std::move(to));
    m->content.base = body;
    if (random_() % 2 == 0) m->prepend_header("X-Trace", "prefix");
    return m;
  }

  void remove_some() {
    while (kept_.size() > kept_per_session || (!kept_.empty() && random_() % 2 == 0)) {
      const auto m = std::move(kept_.front());
      kept_.pop_front();
      say('R', {m->id});
      spool_.remove(*m);
    }
  }

  spool::spool& spool_;
  std::mt19937 random_;
  std::deque<mail::message_ref> kept_;
};

}  // namespace

int run_victim(const settings& s) {
  rt::blocking_pool pool("victim", 2);
  rt::loop_group loops(2);
  auto opened = spool::open(stores(s), pool);
  if (!opened) {
    fmt::print(stderr, "{}\n", opened.why().text);
    return 1;
  }
  std::deque<session> all;
  for (unsigned i = 0; i < sessions; ++i) {
    auto& one = all.emplace_back(**opened, s.seed * 1000 + i);
    asio::co_spawn(loops.at(i % 2).io(), one.run(), asio::detached);
  }
  // Enumeration runs beside the stores, as it does in the server.
  const auto enumerate = [&]() -> rt::task<> {
    auto count = co_await (*opened)->enumerate([](mail::message_ref) {});
    if (!count) ::_exit(2);
  };
  asio::co_spawn(loops.at(0).io(), enumerate, asio::detached);
  loops.start();
  loops.join();
  return 0;
}

}  // namespace godwit::crash
