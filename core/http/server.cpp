#include "http/server.hpp"

#include <mutex>

#include "base/text.hpp"
#include "http/rest_server.hpp"
#include "log/log.hpp"
#include "net/listener.hpp"
#include "rt/await_on.hpp"
#include "rt/event.hpp"
#include "rt/gate.hpp"

namespace godwit::http {

namespace {

constexpr auto cut_off_limit = std::chrono::seconds(5);

/// What new connections of a listener are encrypted with, on all loops. A certificate may have been renewed; one that
/// cannot be read leaves the last good one.
class current_tls {
 public:
  result<net::tls_context_ref> renew(net::tls_context_cache& cache, const net::tls_server_options& wanted) {
    auto now = cache.server(wanted);
    const std::lock_guard lock(guard_);
    if (now) last_ = *now;
    if (last_ && !now) log::error("http", "the certificate in use stays: {}", now.why().text);
    if (last_) return last_;
    return now;
  }

 private:
  std::mutex guard_;
  net::tls_context_ref last_;
};

/// One call of listen().
struct endpoint {
  listener_options options;
  std::vector<std::unique_ptr<rest_server>> by_loop;
  std::shared_ptr<current_tls> tls = std::make_shared<current_tls>();
};

void count_response(int status) {
  metrics::get_counter("godwit_http_responses_total", "HTTP responses by status.", {{"code", fmt::to_string(status)}})->add();
}

/// Waits until the response is written, so that a stop does not cut it off.
rt::task<> send(rt::loop& here, std::shared_ptr<exchange> e, response r, bool keep, std::chrono::nanoseconds limit) {
  count_response(r.status);
  const auto written = std::make_shared<rt::event>(here);
  const std::function<void()> done = [written] { written->notify(); };
  e->send(std::move(r), keep, done);
  co_await written->wait(limit + std::chrono::seconds(2));
}

}  // namespace

struct server::impl {
  impl(rt::loop_group& l, service& a, net::tls_context_cache& t) : loops(l), answers(a), tls(t) {
    for (std::size_t i = 0; i < loops.size(); ++i) gates.push_back(std::make_unique<rt::gate>(loops.at(i), "http"));
  }

  result<rest_settings> settings_for(const endpoint& e, std::size_t loop);
  void serve(const endpoint& e, rt::loop& where, std::shared_ptr<exchange> x);
  bool stop_loop(std::size_t index, std::chrono::nanoseconds limit);

  rt::loop_group& loops;
  service& answers;
  net::tls_context_cache& tls;
  std::vector<std::unique_ptr<rt::gate>> gates;  // by loop
  std::vector<std::unique_ptr<endpoint>> endpoints;
};

void server::impl::serve(const endpoint& e, rt::loop& where, std::shared_ptr<exchange> x) {
  const auto* options = &e.options;
  const auto raw = std::make_shared<raw_request>(x->take_request());
  auto label = fmt::format("{} {}", raw->method, raw->target.substr(0, 80));
  const auto body = [this, options, &where, x, raw]() -> rt::task<> {
    const auto asked = fmt::format("{} {} {}", raw->peer.text(), raw->method, raw->target.substr(0, 200));
    auto r = co_await answers.respond(std::move(*raw), *options);
    log::debug("http", "{}: {}", one_line(asked), r.status);
    co_await send(where, x, std::move(r), true, options->client_timeout);
  };
  if (gates[where.index()]->spawn(std::move(label), body)) return;
  x->send(response::failure("shutting down", 503), false, [] {});
}

result<rest_settings> server::impl::settings_for(const endpoint& e, std::size_t loop) {
  const auto& o = e.options;
  rest_settings s;
  s.at = *ip_endpoint::parse(o.listen);
  s.body_limit = o.request_body_limit;
  s.client_timeout = o.client_timeout;
  s.max_connections = std::max<std::size_t>(1, (o.max_connections + loops.size() - 1) / loops.size());
  s.open = metrics::get_gauge("connection_count", "Connections that are open now.", {{"service", "http_listener"}});
  s.total = metrics::get_counter("total_connection_count", "Connections so far.", {{"service", "http_listener"}});
  auto& where = loops.at(loop);
  s.on_request = [this, &e, &where](std::shared_ptr<exchange> x) { serve(e, where, std::move(x)); };
  if (o.use_tls) {
    auto context = e.tls->renew(tls, o.tls());
    if (!context) return context.why();
    s.tls = std::move(*context);
    s.current_tls = [&cache = tls, wanted = o.tls(), current = e.tls] { return *current->renew(cache, wanted); };
  }
  return s;
}

bool server::impl::stop_loop(std::size_t index, std::chrono::nanoseconds limit) {
  return rt::await_on(loops.at(index), [this, index, limit]() -> rt::task<bool> {
    auto& gate = *gates[index];
    bool ended = co_await gate.drain(limit);
    if (!ended) ended = co_await gate.close(cut_off_limit);
    for (auto& e : endpoints)
      if (index < e->by_loop.size()) e->by_loop[index]->drop_connections();
    co_return ended;
  });
}

server::server(rt::loop_group& loops, service& answers, net::tls_context_cache& tls)
    : impl_(std::make_unique<impl>(loops, answers, tls)) {}

server::~server() = default;

result<ip_endpoint> server::listen(listener_options options) {
  auto made = std::make_unique<endpoint>();
  made->options = std::move(options);
  auto at = ip_endpoint::parse(made->options.listen);
  if (!at) return at.why();
  if (auto is_free = net::check_address("http", *at); !is_free) return is_free.why();
  auto& all = impl_->endpoints.emplace_back(std::move(made))->by_loop;
  for (std::size_t i = 0; i < impl_->loops.size(); ++i) {
    auto s = impl_->settings_for(*impl_->endpoints.back(), i);
    if (!s) return s.why();
    s->at = *at;  // port 0 is chosen by the first, the others share it
    all.push_back(make_rest_server(impl_->loops.at(i), std::move(*s)));
    try {
      *at = rt::await_on(impl_->loops.at(i), [one = all.back().get()]() -> rt::task<ip_endpoint> { co_return one->open(); });
    } catch (const std::exception& e) {
      return fail("http: cannot listen on {}: {}", at->text(), e.what());
    }
  }
  return *at;
}

bool server::stop(std::chrono::nanoseconds limit) {
  for (std::size_t i = 0; i < impl_->loops.size(); ++i) {
    rt::await_on(impl_->loops.at(i), [this, i]() -> rt::task<> {
      for (auto& e : impl_->endpoints)
        if (i < e->by_loop.size()) e->by_loop[i]->close();
      co_return;
    });
  }
  bool stopped = true;
  for (std::size_t i = 0; i < impl_->loops.size(); ++i) stopped = impl_->stop_loop(i, limit) && stopped;
  return stopped;
}

}  // namespace godwit::http
