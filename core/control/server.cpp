#include "control/server.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <set>

#include <asio/basic_socket_acceptor.hpp>

#include "base/file_descriptor.hpp"
#include "control/access.hpp"
#include "control/session.hpp"
#include "log/log.hpp"
#include "net/descriptors.hpp"

namespace godwit::control {

namespace fs = std::filesystem;

namespace {

using namespace std::chrono_literals;

constexpr int backlog = 16;
constexpr auto accept_pause = 100ms;
constexpr auto finish_time = 1s;  // for the answer to "shutdown", and what is as short

result<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un at{};
  at.sun_family = AF_UNIX;
  if (path.size() >= sizeof at.sun_path) {
    return fail("control socket {}: the path is too long, {} bytes at most", path, sizeof at.sun_path - 1);
  }
  std::memcpy(at.sun_path, path.data(), path.size());
  return at;
}

bool somebody_listens(const sockaddr_un& at) {
  const file_descriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  return ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0;
}

result<void> make_way(const std::string& path, const sockaddr_un& at) {
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0) return {};
  if (!S_ISSOCK(found.st_mode)) return fail("control socket {}: there is a file of that name that is no socket", path);
  if (somebody_listens(at)) return fail("control socket {}: another daemon listens there; give this one its own path", path);
  ::unlink(path.c_str());
  return {};
}

/// Owner and mode are set before listen(): until then nobody can connect.
result<file_descriptor> bind_socket(const std::string& path, const socket_options& o) {
  auto at = address_of(path);
  if (!at) return at.why();
  if (auto free = make_way(path, *at); !free) return free.why();
  const auto refused = [&path](const char* what) { return fail("control socket {}: {}: {}", path, what, std::strerror(errno)); };
  file_descriptor s(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!s.is_open()) return refused("socket");
  if (::bind(s.get(), reinterpret_cast<const sockaddr*>(&*at), sizeof *at) != 0) return refused("bind");
  if (o.group) {
    const auto gid = group_id(*o.group);
    if (!gid) return fail("control socket {}: {}", path, gid.why().text);
    if (::chown(path.c_str(), static_cast<uid_t>(-1), *gid) != 0) return refused("chown (is the daemon's user in that group?)");
  }
  if (::chmod(path.c_str(), static_cast<mode_t>(std::stoul(o.mode, nullptr, 8))) != 0) return refused("chmod");
  if (::listen(s.get(), backlog) != 0) return refused("listen");
  return s;
}

}  // namespace

std::string usable_default_socket() {
  const auto directory = fs::path(default_socket).parent_path();
  std::error_code failed;
  fs::create_directories(directory, failed);
  return ::access(directory.c_str(), W_OK | X_OK) == 0 ? default_socket : "";
}

/// Lives on the loop from listen() on; kept alive by its coroutines.
struct server::impl : std::enable_shared_from_this<impl> {
  impl(rt::loop& where, rt::blocking_pool& p, const registry& c, std::string v)
      : loop(where), pool(p), commands(c), version(std::move(v)), acceptor(where.get_executor()), work(where, "control") {}

  rt::task<> accept();
  rt::task<> serve(std::shared_ptr<session> s);
  void start(unix_socket peer);

  rt::loop& loop;
  rt::blocking_pool& pool;
  const registry& commands;
  const std::string version;
  std::string path;
  socket_options options;
  access_rule access;
  asio::basic_socket_acceptor<asio::local::stream_protocol, rt::executor> acceptor;
  std::set<std::shared_ptr<session>> sessions;
  rt::gate work;
};

rt::task<> server::impl::accept() {
  while (acceptor.is_open()) {
    unix_socket peer(loop.get_executor());
    const auto [ec] = co_await acceptor.async_accept(peer, rt::use_result);
    if (!ec) {
      start(std::move(peer));
    } else if (acceptor.is_open()) {
      net::note_shortage(fmt::format("cannot accept connections of consoles: {}", ec.message()));
      co_await rt::sleep_for(accept_pause);
    }
  }
}

void server::impl::start(unix_socket peer) {
  auto s = std::make_shared<session>(commands, work, std::move(peer), options.idle_timeout);
  if (sessions.size() >= options.max_connections) {
    work.spawn("refusal", [s] { return session::refuse(s, "too many connections; try later"); });
    return;
  }
  sessions.insert(s);
  work.spawn("session", [self = shared_from_this(), s] { return self->serve(s); });
}

rt::task<> server::impl::serve(std::shared_ptr<session> s) {
  struct listed {
    std::set<std::shared_ptr<session>>& all;
    const std::shared_ptr<session>& one;
    ~listed() { all.erase(one); }
  } listed{sessions, s};
  const auto who = peer_credentials(s->handle());
  if (!who) {
    log::warn("control", "a connection is refused: {}", who.why().text);
    auto why = who.why().text;
    co_return co_await session::refuse(s, std::move(why));
  }
  const auto name_of = [uid = who->uid] { return user_name(uid); };
  auto name = co_await pool.run(name_of);
  caller by{std::move(name), who->uid, who->pid, access.role_of(*who)};
  if (by.role == role::none) {
    log::warn("control", "user={} uid={} pid={} is refused: no role", by.user, by.uid, by.pid);
    auto why = fmt::format("user {} may not use this server; name the user or a group in [control] readers, operators or admins", by.user);
    co_return co_await session::refuse(s, std::move(why));
  }
  co_await s->run(std::move(by), version);
}

server::server(rt::loop& where, rt::blocking_pool& pool, const registry& commands, std::string version)
    : impl_(std::make_shared<impl>(where, pool, commands, std::move(version))) {}

server::~server() = default;

result<void> server::listen(const std::string& path, const socket_options& options) {
  auto access = access_rule::from(options);
  if (!access) return access.why();
  auto bound = bind_socket(path, options);
  if (!bound) return bound.why();
  impl_->path = path;
  impl_->options = options;
  impl_->access = std::move(*access);
  std::error_code failed;
  impl_->acceptor.assign(asio::local::stream_protocol(), bound->release(), failed);
  if (failed) return fail("control socket {}: {}", path, failed.message());
  impl_->loop.post([self = impl_] { self->work.spawn("accept", [self] { return self->accept(); }); });
  return {};
}

rt::task<> server::stop(std::chrono::nanoseconds limit) {
  auto self = impl_;
  if (self->path.empty()) co_return;
  std::error_code ignored;
  self->acceptor.close(ignored);
  ::unlink(self->path.c_str());
  const auto finishing = self->sessions;
  for (const auto& s : finishing) s->finish();
  const bool is_done = co_await self->work.drain(finish_time);
  if (is_done) co_return;
  const auto left = self->sessions;
  for (const auto& s : left) s->end();
  co_await self->work.close(limit);
}

}  // namespace godwit::control
