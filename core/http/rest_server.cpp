// RESTinio uses address::from_string, buffer_cast and max_connections, which Asio declares only without
// ASIO_NO_DEPRECATED. In these headers that changes nothing but their presence; the rest of Asio has to agree with its
// separately compiled part. The standard library comes first: Asio's configuration asks what it has (aligned_alloc).
#include <map>

#include <asio/detail/config.hpp>
#undef ASIO_NO_DEPRECATED
#include <asio/buffer.hpp>
#include <asio/ip/address.hpp>
#include <asio/socket_base.hpp>
#define ASIO_NO_DEPRECATED

#include "http/rest_server.hpp"

#include <sys/socket.h>

#include <restinio/http_server.hpp>
#include <restinio/tls.hpp>

#include "log/log.hpp"
#include "net/descriptors.hpp"
#include "net/socket.hpp"

namespace godwit::http {

namespace {

/// RESTinio's parser knows this type as "methods": it selects our parser settings, below.
struct known_methods : restinio::default_http_methods_t {};

}  // namespace

}  // namespace godwit::http

// A body over the limit gets a reply, so it cannot be a parser error: what is too much is read and dropped, and one byte
// over the limit remains as the sign of it. How long that may go on is bounded by the client's time-out.
template <>
inline http_parser_settings restinio::impl::create_parser_settings<godwit::http::known_methods>() noexcept {
  auto settings = create_parser_settings<restinio::default_http_methods_t>();
  settings.on_headers_complete = [](http_parser* parser) -> int {
    static_cast<http_parser_ctx_t*>(parser->data)->m_leading_headers_completed = true;
    return 0;
  };
  settings.on_body = [](http_parser* parser, const char* at, std::size_t size) -> int {
    auto& context = *static_cast<http_parser_ctx_t*>(parser->data);
    const std::size_t room = context.m_limits.max_body_size() - context.m_body.size();
    try {
      context.m_body.append(at, std::min(room, size));
    } catch (const std::exception&) {
      return -1;
    }
    return 0;
  };
  return settings;
}

namespace godwit::http {

namespace {

using net::from_asio;

constexpr auto accept_pause = std::chrono::milliseconds(100);
constexpr std::size_t longest_target = 8192, longest_header_name = 256, longest_header_value = 16384, most_headers = 100;

/// RESTinio calls errors what peers do all day: reset, garbage.
struct quiet_logger {
  template <class Make>
  void trace(Make make) {
    if (log::enabled(log::level::trace, "http")) log::trace("http", "{}", make());
  }
  template <class Make>
  void info(Make make) {
    trace(make);
  }
  template <class Make>
  void warn(Make make) {
    if (log::enabled(log::level::debug, "http")) log::debug("http", "{}", make());
  }
  template <class Make>
  void error(Make make) {
    warn(make);
  }
};

/// The connections of a loop, of all its servers. RESTinio tells a server neither the local address of a connection nor
/// gives it a way to close one, and watches no handshake; here is what is missing.
class live_connections : public asio::execution_context::service {
 public:
  using key = std::pair<ip_endpoint, ip_endpoint>;  ///< the listener's address, peer: what a server's callbacks can name
  struct entry {
    std::weak_ptr<void> connection;
    std::function<void()> close;
    ip_endpoint local;
    std::unique_ptr<asio::steady_timer> handshake;
    std::shared_ptr<metrics::gauge> open;
  };
  struct listener {
    std::chrono::nanoseconds handshake_limit{};
    std::shared_ptr<metrics::gauge> open;
    std::shared_ptr<metrics::counter> total;
    std::function<net::tls_context_ref()> tls;
  };

  static inline asio::execution_context::id id;
  explicit live_connections(asio::execution_context& c) : service(c) {}

  static live_connections& of(asio::io_context& c) { return asio::use_service<live_connections>(c); }

  template <class Socket>
  key enter(Socket& s, std::shared_ptr<void> connection) {
    asio::error_code ignored;
    const auto local = from_asio(s.lowest_layer().local_endpoint(ignored));
    const key k{accepted_at(local), from_asio(s.lowest_layer().remote_endpoint(ignored))};
    const auto by = listeners.find(k.first);
    if (by == listeners.end()) return k;
    leave(k);
    auto& e = all[k];
    e.connection = connection;
    e.local = local;
    e.close = [&s] {
      asio::error_code unused;
      s.lowest_layer().close(unused);
    };
    e.open = by->second.open;
    e.open->add(1);
    by->second.total->add();
    return k;
  }

  /// Closes the connection when its handshake is not over in time.
  void watch_handshake(const key& k, const asio::any_io_executor& where) {
    const auto at = all.find(k);
    const auto by = listeners.find(k.first);
    if (at == all.end() || by == listeners.end()) return;
    auto& timer = *(at->second.handshake = std::make_unique<asio::steady_timer>(where));
    timer.expires_after(by->second.handshake_limit);
    timer.async_wait([close = at->second.close, connection = at->second.connection](const asio::error_code& ec) {
      if (const auto alive = connection.lock(); alive && !ec) close();
    });
  }

  /// The context that the server has is of its start; a connection gets the one of now.
  void renew_context(const key& k, SSL* of) {
    const auto by = listeners.find(k.first);
    if (by != listeners.end() && by->second.tls) SSL_set_SSL_CTX(of, by->second.tls()->get());
  }

  void handshake_over(const key& k) {
    if (const auto at = all.find(k); at != all.end()) at->second.handshake.reset();
  }

  void leave(const key& k) {
    const auto at = all.find(k);
    if (at == all.end()) return;
    at->second.open->add(-1);
    all.erase(at);
  }

  void drop(const ip_endpoint& accepted_at) {
    for (auto at = all.lower_bound({accepted_at, {}}); at != all.end() && at->first.first == accepted_at;) {
      const auto one = at++;
      if (const auto alive = one->second.connection.lock()) one->second.close();
      leave(one->first);
    }
  }

  std::map<key, entry> all;
  std::map<ip_endpoint, listener> listeners;  ///< by the address they are bound to

 private:
  /// The address of the listener that has a connection to `local`: that one, else all of the family.
  ip_endpoint accepted_at(const ip_endpoint& local) const {
    if (listeners.count(local) > 0) return local;
    return {local.address.is_v4() ? ip_address() : ip_address::v6({}), local.port};
  }

  void shutdown() noexcept override { all.clear(); }
};

struct state_listener {
  live_connections& live;
  ip_endpoint at;  ///< the server's

  void state_changed(const restinio::connection_state::notice_t& n) noexcept {
    if (restinio::holds_alternative<restinio::connection_state::closed_t>(n.cause()))
      live.leave({at, from_asio(n.remote_endpoint())});
  }
};

using request_handler = std::function<restinio::request_handling_status_t(restinio::request_handle_t)>;

struct clear_traits
    : restinio::traits_t<restinio::asio_timer_manager_t, quiet_logger, request_handler, restinio::noop_strand_t> {
  using http_methods_mapper_t = known_methods;
  using connection_state_listener_t = state_listener;
  static constexpr bool use_connection_count_limiter = true;
};

struct tls_traits
    : restinio::tls_traits_t<restinio::asio_timer_manager_t, quiet_logger, request_handler, restinio::noop_strand_t> {
  using http_methods_mapper_t = known_methods;
  using connection_state_listener_t = state_listener;
  static constexpr bool use_connection_count_limiter = true;
};

/// What an accept that failed is followed by.
template <class Again>
void after_a_pause(const asio::any_io_executor& where, const asio::error_code& failure, Again again) {
  net::note_shortage(fmt::format("cannot accept connections: {}", failure.message()));
  auto timer = std::make_shared<asio::steady_timer>(where, accept_pause);
  timer->async_wait([timer, again = std::move(again)](const asio::error_code& ec) {
    if (!ec) again();
  });
}

live_connections& live_of(asio::any_io_executor where) {
  return asio::use_service<live_connections>(asio::query(where, asio::execution::context));
}

// RESTinio calls prepare_connection_and_start_read() unqualified for each accepted connection; these, found by their
// traits, are more special than its own.
template <class Start, class Failed>
void prepare_connection_and_start_read(asio::ip::tcp::socket& s, restinio::impl::connection_t<clear_traits>& c, Start start,
                                       Failed) {
  live_of(s.get_executor()).enter(s, c.shared_from_this());
  start();
}

template <class Start, class Failed>
void prepare_connection_and_start_read(restinio::impl::tls_socket_t& s, restinio::impl::connection_t<tls_traits>& c,
                                       Start start, Failed failed) {
  auto& live = live_of(s.get_executor());
  const auto k = live.enter(s, c.shared_from_this());
  live.watch_handshake(k, s.get_executor());
  live.renew_context(k, s.asio_ssl_stream().native_handle());
  s.async_handshake(asio::ssl::stream_base::server, [&live, k, start, failed, keep = c.shared_from_this()](
                                                        const asio::error_code& ec) mutable {
    live.handshake_over(k);
    if (ec)
      failed(ec);
    else
      start();
  });
}

}  // namespace

}  // namespace godwit::http

// RESTinio's own, but for the case that accept fails, after which it would accept nothing ever again: descriptors run out,
// and come back. What it counts as an accept under way stays one.
template <>
inline void restinio::impl::acceptor_t<godwit::http::clear_traits>::call_accept_now(std::size_t index) noexcept {
  const auto accepted = [index, self = shared_from_this()](const asio::error_code& ec) noexcept {
    if (!ec) return self->accept_current_connection(index, ec);
    if (!self->m_acceptor.is_open()) return;
    godwit::http::after_a_pause(self->get_executor(), ec, [self, index] { self->call_accept_now(index); });
  };
  m_acceptor.async_accept(socket(index).lowest_layer(), asio::bind_executor(get_executor(), accepted));
}

template <>
inline void restinio::impl::acceptor_t<godwit::http::tls_traits>::call_accept_now(std::size_t index) noexcept {
  const auto accepted = [index, self = shared_from_this()](const asio::error_code& ec) noexcept {
    if (!ec) return self->accept_current_connection(index, ec);
    if (!self->m_acceptor.is_open()) return;
    godwit::http::after_a_pause(self->get_executor(), ec, [self, index] { self->call_accept_now(index); });
  };
  m_acceptor.async_accept(socket(index).lowest_layer(), asio::bind_executor(get_executor(), accepted));
}

namespace godwit::http {

namespace {

class rest_exchange final : public exchange {
 public:
  rest_exchange(restinio::request_handle_t r, ip_endpoint local) : request_(std::move(r)), local_(local) {}

  raw_request take_request() override {
    raw_request raw;
    const auto& header = request_->header();
    raw.method = header.method().c_str();
    raw.target = header.request_target();
    header.for_each_field([&raw](const auto& f) { raw.headers.emplace_back(f.name(), f.value()); });
    raw.body = request_->body();
    raw.peer = from_asio(request_->remote_endpoint());
    raw.local = local_;
    return raw;
  }

  void send(response r, bool keep, std::function<void()> done) override {
    // After a reply to an upgrade that is not granted RESTinio would call us again with the same request.
    keep = keep && request_->header().connection() != restinio::http_connection_header_t::upgrade;
    const bool is_head = request_->header().method() == restinio::http_method_head();
    const restinio::http_status_line_t line{restinio::http_status_code_t(static_cast<std::uint16_t>(r.status)),
                                            std::string(reason_of(r.status))};
    auto out = request_->create_response<restinio::user_controlled_output_t>(line);
    out.set_content_length(r.body.size());
    if (!keep) out.connection_close();
    out.append_header_date_field().append_header("Content-Type", r.content_type);
    for (auto& [name, content] : r.headers) out.append_header(name, content);
    if (!is_head) out.set_body(std::move(r.body));
    out.done([done = std::move(done)](const auto&) { done(); });
  }

 private:
  static std::string_view reason_of(int status);

  restinio::request_handle_t request_;
  ip_endpoint local_;
};

std::string_view rest_exchange::reason_of(int status) {
  switch (status) {
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 409: return "Conflict";
    case 413: return "Payload Too Large";
    case 415: return "Unsupported Media Type";
    case 422: return "Unprocessable Entity";
    case 429: return "Too Many Requests";
    case 500: return "Internal Server Error";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    default: return "Status";
  }
}

template <class Traits>
class server_on_loop final : public rest_server {
 public:
  server_on_loop(rt::loop& owner, rest_settings s)
      : loop_(owner), settings_(std::move(s)), live_(live_connections::of(owner.io())) {}

  ip_endpoint open() override {
    using namespace std::chrono;
    restinio::server_settings_t<Traits> s;
    const auto limit = duration_cast<steady_clock::duration>(settings_.client_timeout);
    s.protocol(settings_.at.address.is_v4() ? asio::ip::tcp::v4() : asio::ip::tcp::v6());
    s.address(net::to_asio(settings_.at).address()).port(settings_.at.port);
    s.request_handler([this](restinio::request_handle_t r) { return take(std::move(r)); });
    s.acceptor_options_setter([this](restinio::acceptor_options_t& options) { set_options(options); });
    s.acceptor_post_bind_hook([this](asio::ip::tcp::acceptor& a) { bound_to(from_asio(a.local_endpoint())); });
    s.read_next_http_message_timelimit(limit).write_http_response_timelimit(limit);
    s.handle_request_timeout(hours(24));  // handlers have their own
    s.max_parallel_connections(settings_.max_connections).max_pipelined_requests(1);
    s.incoming_http_msg_limits(restinio::incoming_http_msg_limits_t{}
                                   .max_url_size(longest_target)
                                   .max_field_name_size(longest_header_name)
                                   .max_field_value_size(longest_header_value)
                                   .max_field_count(most_headers)
                                   .max_body_size(settings_.body_limit + 1));
    listener_ = std::make_shared<state_listener>(state_listener{live_, settings_.at});
    s.connection_state_listener(listener_);
    if constexpr (std::is_same_v<Traits, tls_traits>) s.tls_context(shared_tls());
    server_ = std::make_unique<restinio::http_server_t<Traits>>(restinio::external_io_context(loop_.io()), std::move(s));
    server_->open_sync();
    return settings_.at;
  }

  void close() override {
    if (server_) server_->close_sync();
  }

  void drop_connections() override { live_.drop(settings_.at); }

 private:
  void set_options(restinio::acceptor_options_t& options) {
    using reuse_port = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;
    options.set_option(asio::ip::tcp::acceptor::reuse_address(true));
    options.set_option(reuse_port(true));
    if (!settings_.at.address.is_v4()) options.set_option(asio::ip::v6_only(true));
  }

  void bound_to(const ip_endpoint& at) {
    settings_.at = at;
    listener_->at = at;
    live_.listeners[at] = {settings_.client_timeout, settings_.open, settings_.total, settings_.current_tls};
  }

  restinio::request_handling_status_t take(restinio::request_handle_t r) {
    const auto known = live_.all.find({settings_.at, from_asio(r->remote_endpoint())});
    const auto local = known == live_.all.end() ? settings_.at : known->second.local;
    settings_.on_request(std::make_shared<rest_exchange>(std::move(r), local));
    return restinio::request_accepted();
  }

  /// The context shares ours: Asio's takes a reference of its own.
  std::shared_ptr<asio::ssl::context> shared_tls() {
    auto* native = settings_.tls->get();
    SSL_CTX_up_ref(native);
    return std::make_shared<asio::ssl::context>(native);
  }

  rt::loop& loop_;
  rest_settings settings_;
  live_connections& live_;
  std::shared_ptr<state_listener> listener_;
  std::unique_ptr<restinio::http_server_t<Traits>> server_;
};

}  // namespace

std::unique_ptr<rest_server> make_rest_server(rt::loop& owner, rest_settings s) {
  if (s.tls) return std::make_unique<server_on_loop<tls_traits>>(owner, std::move(s));
  return std::make_unique<server_on_loop<clear_traits>>(owner, std::move(s));
}

}  // namespace godwit::http
