#include "smtp/server.hpp"

#include <doctest/doctest.h>

#include <netinet/in.h>
#include <sys/socket.h>

#include <mutex>
#include <thread>

#include "base/file_descriptor.hpp"
#include "net/socket.hpp"
#include "unit/smtp/scripted_session.hpp"

using namespace godwit;
using namespace godwit::smtp;
using namespace std::chrono_literals;

namespace {

/// A plain blocking client on a real socket.
class plain_client {
 public:
  explicit plain_client(const ip_endpoint& to)
      : fd_(::socket(to.address.is_v4() ? AF_INET : AF_INET6, SOCK_STREAM, 0)) {
    const auto address = net::to_asio(to);
    const timeval limit{10, 0};
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    REQUIRE(::connect(fd_.get(), address.data(), static_cast<socklen_t>(address.size())) == 0);
  }
  void send(std::string_view s) {
    REQUIRE(::send(fd_.get(), s.data(), s.size(), MSG_NOSIGNAL) == ssize_t(s.size()));
  }
  /// Reads until `text` was seen; all that came, empty pieces at the end of the connection.
  std::string until(std::string_view text) {
    std::string got;
    std::array<char, 4096> buffer;
    while (text.empty() || got.find(text) == std::string::npos) {
      const auto n = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
      if (n <= 0) break;
      got.append(buffer.data(), static_cast<std::size_t>(n));
    }
    return got;
  }
  std::string rest() { return until(""); }

 private:
  file_descriptor fd_;
};

struct server_fixture {
  server_fixture()
      : server(
            loops, [this](const session_start&) { return make(); }, tls) {
    loops.start();
    options.hostname = "mx.test";
    options.listen.all = {"127.0.0.1:0", "[::1]:0"};
  }
  ~server_fixture() {
    server.stop(5s);
    loops.stop();
    loops.join();
  }
  std::unique_ptr<session_policy> make() {
    const std::lock_guard lock(mutex);
    scripts.push_back(std::make_unique<script>());
    scripts.back()->on_event = on_event;
    return std::make_unique<scripted_policy>(*scripts.back());
  }

  rt::loop_group loops{2};
  net::tls_context_cache tls;
  std::mutex mutex;
  std::vector<std::unique_ptr<script>> scripts;
  std::function<void(const char*)> on_event;
  listener_options options;
  smtp::server server;
};

}  // namespace

TEST_CASE("sessions over real sockets, on IPv4 and IPv6") {
  server_fixture f;
  const auto bound = f.server.listen(f.options);
  REQUIRE(bound.ok());
  CHECK(f.server.addresses() == *bound);
  for (const auto& at : *bound) {
    plain_client c(at);
    CHECK(c.until("\r\n") == "220 mx.test KumoMTA\r\n");
    c.send("EHLO c\r\nMAIL FROM:<s@a.test>\r\nRCPT TO:<r@b.test>\r\nDATA\r\n");
    CHECK(c.until("354").find("250-PIPELINING") != std::string::npos);
    const std::string line(70, 'x');
    std::string content;
    for (int i = 0; i < 20000; ++i) content += line + "\r\n";
    c.send(content + ".\r\nQUIT\r\n");
    CHECK(c.rest().ends_with("250 OK ids=1\r\n221 So long, and thanks for all the fish!\r\n"));
  }
  const std::lock_guard lock(f.mutex);
  REQUIRE(f.scripts.size() == 2);
  CHECK(f.scripts[0]->messages.at(0).body->bytes.size() == 72 * 20000);
}

TEST_CASE("the connection limit counts over all addresses and loops") {
  server_fixture f;
  f.options.max_connections = 2;
  const auto bound = *f.server.listen(f.options);
  plain_client one(bound[0]), two(bound[1]);
  one.until("220");
  two.until("220");
  {
    plain_client three(bound[0]);
    CHECK(three.rest() == "421 4.3.2 mx.test too many concurrent sessions. Try later\r\n");
  }
  one.send("QUIT\r\n");
  one.rest();
  std::string greeting;
  for (int i = 0; i < 100 && !greeting.starts_with("220"); ++i)
    greeting = plain_client(bound[0]).until("\r\n");
  CHECK(greeting == "220 mx.test KumoMTA\r\n");
}

TEST_CASE("stop refuses newcomers, tells idle sessions and waits for busy ones") {
  server_fixture f;
  const auto bound = *f.server.listen(f.options);
  plain_client idle(bound[0]), busy(bound[0]);
  idle.until("KumoMTA\r\n");
  busy.until("KumoMTA\r\n");
  busy.send("EHLO c\r\nMAIL FROM:<s@a.test>\r\nRCPT TO:<r@b.test>\r\nDATA\r\n");
  busy.until("CRLF.CRLF\r\n");
  bool stopped = false;
  std::thread stopping([&] { stopped = f.server.stop(10s); });
  CHECK(idle.rest() == "421 4.3.2 mx.test shutting down\r\n");
  busy.send("x\r\n.\r\n");
  CHECK(busy.rest().ends_with("250 OK ids=1\r\n421 4.3.2 mx.test shutting down\r\n"));
  stopping.join();
  CHECK(stopped);
  CHECK(f.server.sessions() == 0);
}

TEST_CASE("stop cuts off what does not end in time") {
  server_fixture f;
  const auto bound = *f.server.listen(f.options);
  plain_client busy(bound[0]);
  busy.send("EHLO c\r\nMAIL FROM:<s@a.test>\r\nRCPT TO:<r@b.test>\r\nDATA\r\n");
  busy.until("CRLF.CRLF\r\n");
  CHECK(f.server.stop(50ms));
  CHECK(f.server.sessions() == 0);
  CHECK(busy.rest().find("250 OK ids") == std::string::npos);
}

TEST_CASE("an address that cannot be bound is an error and leaves nothing behind") {
  server_fixture f;
  f.options.listen.all = {"127.0.0.1:0", "192.0.2.77:0"};
  const auto bound = f.server.listen(f.options);
  REQUIRE_FALSE(bound.ok());
  CHECK(bound.why().text == "smtp: cannot listen on 192.0.2.77:0: Cannot assign requested address");
  CHECK(f.server.addresses().empty());
}
