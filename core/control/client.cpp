#include "control/client.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>

#include "base/json.hpp"
#include "base/text.hpp"

namespace godwit::control {

namespace {

std::string advice(int why) {
  switch (why) {
    case ENOENT:
    case ECONNREFUSED: return "is godwitd running, and is this its socket? Name it with --socket PATH or GODWIT_CONTROL";
    case EACCES: return "this user may not use it: see [control] mode, group, admins, operators and readers";
    default: return "name the socket with --socket PATH or GODWIT_CONTROL";
  }
}

error lost() { return fail("the server closed the connection"); }

}  // namespace

result<client> client::connect(const std::string& path) {
  sockaddr_un at{};
  at.sun_family = AF_UNIX;
  if (path.size() >= sizeof at.sun_path) return fail("cannot reach the server at {}: the path is too long", path);
  std::memcpy(at.sun_path, path.data(), path.size());
  client c(file_descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)));
  if (::connect(c.socket_.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0) {
    const int why = errno;
    return fail("cannot reach the server at {}: {}; {}", path, std::strerror(why), advice(why));
  }
  for (;;) {
    auto hello = c.receive();
    if (!hello) return fail("cannot reach the server at {}: {}", path, hello.why().text);
    if (!*hello) continue;
    c.server_ = std::move(**hello);
    return c;
  }
}

result<void> client::send(const object& members) {
  const auto frame = json::write(members) + "\n";
  for (std::string_view rest = frame; !rest.empty();) {
    const auto n = ::send(socket_.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return lost();
    rest.remove_prefix(static_cast<std::size_t>(n));
  }
  return {};
}

result<std::optional<object>> client::receive() {
  for (;;) {
    const auto end = buffer_.find('\n');
    if (end != std::string::npos) {
      auto parsed = json::parse(std::string_view(buffer_).substr(0, end));
      buffer_.erase(0, end + 1);
      if (!parsed || !parsed->as_object()) return fail("the server sent something that is no frame");
      auto frame = std::move(*parsed->as_object());
      const auto* why = frame.find("error");
      if (why && why->as_string() && !frame.find("id")) return error{*why->as_string()};
      return std::optional(std::move(frame));
    }
    pollfd input{socket_.get(), POLLIN, 0};
    sigset_t all_signals_in;
    sigemptyset(&all_signals_in);
    if (::ppoll(&input, 1, nullptr, &all_signals_in) < 0) return std::optional<object>();
    std::array<char, 65536> piece;
    const auto n = ::recv(socket_.get(), piece.data(), piece.size(), 0);
    if (n <= 0) return lost();
    buffer_.append(piece.data(), static_cast<std::size_t>(n));
  }
}

namespace {

outcome outcome_of(std::string_view name) {
  if (name == outcome_name(outcome::ok)) return outcome::ok;
  return name == outcome_name(outcome::cancelled) ? outcome::cancelled : outcome::failed;
}

client::verdict verdict_of(const object& frame) {
  client::verdict v;
  v.how = outcome_of(*frame.find("done")->as_string());
  if (const auto* why = frame.find("error"); why && why->as_string()) v.why = *why->as_string();
  return v;
}

}  // namespace

result<client::verdict> client::run(std::string_view line, answer_format format,
                                    const std::function<void(const object&)>& on_frame,
                                    const std::function<bool()>& is_interrupted) {
  if (!is_valid_utf8(line)) return verdict{outcome::failed, "the command is not UTF-8; it was not sent"};
  const auto id = ++last_id_;
  object request{{"id", id}, {"command", line}, {"format", format == answer_format::json ? "json" : "text"}};
  if (auto sent = send(request); !sent) return sent.why();
  bool was_cancelled = false;
  for (;;) {
    if (!was_cancelled && is_interrupted()) {
      was_cancelled = true;
      if (auto sent = send(object{{"cancel", id}}); !sent) return sent.why();
    }
    auto frame = receive();
    if (!frame) return frame.why();
    if (!*frame) continue;
    if (const auto* of = (*frame)->find("id"); !of || *of != value(id)) continue;
    const auto* end = (*frame)->find("done");
    if (end && end->as_string()) return verdict_of(**frame);
    if (!was_cancelled) on_frame(**frame);
  }
}

result<object> client::complete(std::string_view line) {
  const auto id = ++last_id_;
  if (auto sent = send(object{{"id", id}, {"complete", line}}); !sent) return sent.why();
  for (;;) {
    auto frame = receive();
    if (!frame) return frame.why();
    if (!*frame) continue;
    if (const auto* of = (*frame)->find("id"); of && *of == value(id)) return std::move(**frame);
  }
}

}  // namespace godwit::control
