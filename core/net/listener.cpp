#include "net/listener.hpp"

#include <sys/socket.h>

#include <cerrno>

#include "log/log.hpp"
#include "net/descriptors.hpp"

namespace godwit::net {

namespace {

using namespace std::chrono_literals;
constexpr auto back_off = 100ms;  // out of descriptors: a spin would burn the CPU the sessions need to finish

bool is_exhaustion(const std::error_code& ec) {
  // By number: asio's category does not map all of them to std::errc.
  return ec.value() == EMFILE || ec.value() == ENFILE || ec.value() == ENOBUFS || ec.value() == ENOMEM;
}

std::error_code prepare(tcp_acceptor& acceptor, const asio::ip::tcp::endpoint& at, bool share = true) {
  std::error_code ec;
  acceptor.open(at.protocol(), ec);
  if (ec) return ec;
  const int yes = 1;
  ::setsockopt(acceptor.native_handle(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (share) ::setsockopt(acceptor.native_handle(), SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes);
  // [::]:25 beside 0.0.0.0:25: each listener has the family it was asked for.
  if (at.address().is_v6()) acceptor.set_option(asio::ip::v6_only(true), ec);
  acceptor.bind(at, ec);
  if (!ec) acceptor.listen(1024, ec);
  return ec;
}

error refusal(std::string_view name, const ip_endpoint& at, const std::error_code& ec) {
  return fail("{}: cannot listen on {}: {}", name, at.text(), ec.message());
}

}  // namespace

result<void> check_address(std::string_view name, const ip_endpoint& at) {
  if (at.port == 0) return {};
  asio::io_context unused;
  tcp_acceptor alone(unused.get_executor());
  if (const auto ec = prepare(alone, to_asio(at), false)) return refusal(name, at, ec);
  return {};
}

connection_limit::slot::slot(std::shared_ptr<connection_limit> of, bool is_welcome) : of_(std::move(of)) {
  within_ = of_->open_.fetch_add(1, std::memory_order_relaxed) < of_->most_ && is_welcome;
}

connection_limit::slot& connection_limit::slot::operator=(slot&& other) noexcept {
  if (this != &other) {
    release();
    of_ = std::move(other.of_);
    within_ = other.within_;
  }
  return *this;
}

void connection_limit::slot::release() {
  if (of_) of_->open_.fetch_sub(1, std::memory_order_relaxed);
  of_.reset();
}

/// One per loop and address; its coroutine shares it.
struct listener::acceptor {
  acceptor(rt::loop& owner, std::string name_of)
      : loop(owner), socket(owner.get_executor()), name(std::move(name_of)) {}

  rt::task<> run() {
    while (socket.is_open()) {
      const auto ec = co_await accept_one();
      if (!ec || !socket.is_open()) continue;
      if (is_exhaustion(ec)) {
        note_shortage(fmt::format("cannot accept connections: {}", ec.message()));
        co_await rt::sleep_for(back_off);
      }
    }
  }

  rt::task<std::error_code> accept_one() {
    tcp_socket peer(loop.get_executor());
    const auto [ec] = co_await socket.async_accept(peer, rt::use_result);
    if (!ec) serve(std::move(peer));
    co_return ec;
  }

  /// What goes wrong with one connection must not end the accepting of others.
  void serve(tcp_socket peer) noexcept {
    try {
      hand_over(std::move(peer));
    } catch (const std::exception& failed) {
      log::error("net", "{}: a connection is dropped: {}", name, failed.what());
    }
  }

  void hand_over(tcp_socket peer) {
    const bool is_welcome = may_keep(peer.native_handle(), descriptor_use::incoming);
    if (!is_welcome) note_shortage("connections are refused");
    on_connection(loop, accepted{make_stream(std::move(peer)), address, connection_limit::slot(limit, is_welcome)});
  }

  void close() {
    std::error_code ignored;
    socket.close(ignored);
  }

  rt::loop& loop;
  tcp_acceptor socket;
  std::string name;
  std::size_t address = 0;
  std::shared_ptr<connection_limit> limit;
  handler on_connection;
};

listener::listener(rt::loop_group& loops, std::string name)
    : loops_(loops), name_(std::move(name)), accepting_(std::make_shared<in_flight>()) {
  for (std::size_t i = 0; i < loops_.size(); ++i)
    gates_.push_back(std::make_unique<rt::gate>(loops_.at(i), name_));
}

listener::~listener() = default;

result<ip_endpoint> listener::bind(const ip_endpoint& at) {
  if (auto is_free = check_address(name_, at); !is_free) return is_free.why();
  auto bound = to_asio(at);
  std::vector<std::shared_ptr<acceptor>> made;
  for (std::size_t i = 0; i < loops_.size(); ++i) {
    auto one = std::make_shared<acceptor>(loops_.at(i), name_);
    if (const auto ec = prepare(one->socket, bound)) return refusal(name_, from_asio(bound), ec);
    bound = one->socket.local_endpoint();  // port 0 is chosen by the first, the others share it
    one->address = addresses_.size();
    made.push_back(std::move(one));
  }
  bound_.insert(bound_.end(), made.begin(), made.end());
  addresses_.push_back(from_asio(bound));
  return addresses_.back();
}

void listener::start(std::shared_ptr<connection_limit> limit, handler on_connection) {
  for (auto& one : std::exchange(bound_, {})) {
    one->limit = limit;
    one->on_connection = on_connection;
    run(one);
  }
}

void listener::run(const std::shared_ptr<acceptor>& one) {
  accepting_now_.push_back(one);
  auto* gate = gates_[one->loop.index()].get();
  accepting_->enter();
  one->loop.post([gate, one, count = accepting_] {
    auto body = [one, count]() -> rt::task<> {
      co_await one->run();
      one->loop.post([count] { count->leave(); });  // not before the gate has seen the end
    };
    if (!gate->spawn("accept", body)) count->leave();
  });
}

bool listener::stop(std::chrono::nanoseconds limit) {
  for (auto& one : accepting_now_) one->loop.post([one] { one->close(); });
  accepting_now_.clear();
  return rt::loop::current() != nullptr || accepting_->wait_none(limit);
}

}  // namespace godwit::net
