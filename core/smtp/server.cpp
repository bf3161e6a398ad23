#include "smtp/server.hpp"

#include <unordered_set>

#include "log/log.hpp"
#include "net/in_flight.hpp"
#include "net/listener.hpp"
#include "rt/gate.hpp"
#include "smtp/server_session.hpp"

namespace godwit::smtp {

namespace {

using session_set = std::unordered_set<server_session*>;

/// The sessions of one loop; touched there only.
struct loop_sessions {
  explicit loop_sessions(rt::loop& owner) : gate(owner, "smtp sessions"), stopping(owner, "smtp stop") {}

  rt::gate gate;
  rt::gate stopping;  // for the coroutine that closes the other one
  std::shared_ptr<session_set> all = std::make_shared<session_set>();
};

/// A session that runs, however it ends: freed before the count drops, because who waits for none may then
/// let go of what sessions use.
class running_session {
 public:
  running_session(rt::loop& where, std::shared_ptr<server_session> s, std::shared_ptr<session_set> all,
                  std::shared_ptr<net::in_flight> count)
      : loop_(where), session_(std::move(s)), all_(std::move(all)), count_(std::move(count)) {
    count_->enter();
    all_->insert(session_.get());
  }
  ~running_session() {
    all_->erase(session_.get());
    session_.reset();
    // Not before the gate has seen the end of the coroutine.
    loop_.post([count = count_] { count->leave(); });
  }
  running_session(const running_session&) = delete;

  rt::task<> run() { return session_->run(); }

 private:
  rt::loop& loop_;
  std::shared_ptr<server_session> session_;
  std::shared_ptr<session_set> all_;
  std::shared_ptr<net::in_flight> count_;
};

/// One call of listen().
struct endpoint {
  endpoint(rt::loop_group& loops, const listener_options_ref& o)
      : options(o),
        limit(std::make_shared<net::connection_limit>(o->max_connections)),
        acceptors(loops, "smtp") {}

  listener_options_ref options;
  std::shared_ptr<net::connection_limit> limit;
  net::listener acceptors;
  std::vector<std::unique_ptr<server_context>> contexts;  // by address
};

}  // namespace

struct server::impl {
  impl(rt::loop_group& l, policy_factory f, net::tls_context_cache& t)
      : loops(l), make_policy(std::move(f)), tls(t) {
    for (std::size_t i = 0; i < loops.size(); ++i)
      by_loop.push_back(std::make_unique<loop_sessions>(loops.at(i)));
  }

  void serve(server_context& context, rt::loop& where, net::accepted connection);
  void tell_sessions();
  void cancel_sessions();

  rt::loop_group& loops;
  policy_factory make_policy;
  net::tls_context_cache& tls;
  std::vector<std::unique_ptr<endpoint>> endpoints;
  std::vector<std::unique_ptr<loop_sessions>> by_loop;
  std::shared_ptr<net::in_flight> running = std::make_shared<net::in_flight>();
};

void server::impl::serve(server_context& context, rt::loop& where, net::accepted connection) {
  auto& home = *by_loop[where.index()];
  auto session = std::make_shared<server_session>(context, where, std::move(connection));
  auto label = "session " + session->peer().text();
  auto body = std::make_shared<running_session>(where, std::move(session), home.all, running);
  home.gate.spawn(std::move(label), [body = std::move(body)] { return body->run(); });
}

void server::impl::tell_sessions() {
  for (auto& e : endpoints) {
    for (auto& c : e->contexts) c->shutting_down.store(true, std::memory_order_relaxed);
  }
  for (auto& one : by_loop) {
    one->gate.owner().post([home = one.get()] {
      for (auto* session : *home->all) session->shut_down();
    });
  }
}

void server::impl::cancel_sessions() {
  for (auto& one : by_loop) {
    running->enter();
    one->gate.owner().post([home = one.get(), count = running] {
      home->stopping.spawn("close", [home, count]() -> rt::task<> {
        co_await home->gate.close(std::chrono::seconds(5));
        home->gate.owner().post([count] { count->leave(); });
      });
    });
  }
}

server::server(rt::loop_group& loops, policy_factory make_policy, net::tls_context_cache& tls)
    : impl_(std::make_unique<impl>(loops, std::move(make_policy), tls)) {}

server::~server() = default;

result<std::vector<ip_endpoint>> server::listen(listener_options options) {
  const auto shared = std::make_shared<const listener_options>(std::move(options));
  auto made = std::make_unique<endpoint>(impl_->loops, shared);
  for (const auto& text : shared->listen.all) {
    const auto at = ip_endpoint::parse(text);
    if (!at) return at.why();
    if (auto bound = made->acceptors.bind(*at); !bound) return bound.why();
  }
  // Nothing is accepted before all addresses are there.
  for (const auto& bound : made->acceptors.addresses()) {
    auto& context = *made->contexts.emplace_back(std::make_unique<server_context>());
    context.options = shared;
    context.make_policy = impl_->make_policy;
    context.tls = &impl_->tls;
    context.metrics = std::make_shared<server_metrics>(bound.text());
  }
  made->acceptors.start(made->limit, [impl = impl_.get(), to = made.get()](rt::loop& where, net::accepted a) {
    impl->serve(*to->contexts[a.address], where, std::move(a));
  });
  impl_->endpoints.push_back(std::move(made));
  return impl_->endpoints.back()->acceptors.addresses();
}

std::vector<ip_endpoint> server::addresses() const {
  std::vector<ip_endpoint> all;
  for (const auto& e : impl_->endpoints) {
    all.insert(all.end(), e->acceptors.addresses().begin(), e->acceptors.addresses().end());
  }
  return all;
}

rt::task<std::vector<session_view>> server::views() const {
  std::vector<session_view> all;
  for (auto& one : impl_->by_loop) {
    const auto collect = [&one, &all]() -> rt::task<> {
      for (const auto* session : *one->all) all.push_back(session->view());
      co_return;
    };
    co_await rt::run_on(one->gate.owner(), collect);
  }
  co_return all;
}

std::size_t server::sessions() const { return impl_->running->count(); }

bool server::stop(std::chrono::nanoseconds limit) {
  bool stopped = true;
  for (auto& e : impl_->endpoints) stopped = e->acceptors.stop() && stopped;
  impl_->tell_sessions();
  if (impl_->running->wait_none(limit)) return stopped;
  log::warn("smtp", "{} sessions did not end in time and are cut off", impl_->running->count());
  impl_->cancel_sessions();
  return impl_->running->wait_none(std::chrono::seconds(6)) && stopped;
}

}  // namespace godwit::smtp
