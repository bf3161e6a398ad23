// The module's functions on the fake host, against a server of a few lines on a Unix socket.
#include "service.hpp"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include <godwit/testing/fake_host.hpp>

extern "C" const godwit_module_descriptor* godwit_module(void);

using namespace godwit::sdk;
using testing::fake_answer;
using testing::fake_argument;

namespace {

/// Reads one command after the other on one connection and answers each with the next text.
class scripted_server {
 public:
  explicit scripted_server(std::vector<std::string> answers)
      : path_((std::filesystem::temp_directory_path() / ("godwit-redis-" + std::to_string(::getpid())))
                  .string()) {
    listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    path_.copy(at.sun_path, sizeof(at.sun_path) - 1);
    ::unlink(path_.c_str());
    REQUIRE(::bind(listener_, reinterpret_cast<const sockaddr*>(&at), sizeof(at)) == 0);
    REQUIRE(::listen(listener_, 1) == 0);
    thread_ = std::thread([this, answers = std::move(answers)] { serve(answers); });
  }
  ~scripted_server() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
    ::unlink(path_.c_str());
  }
  std::string url() const { return "unix://" + path_; }
  std::string heard;  ///< read it once the last answer is there

 private:
  void serve(const std::vector<std::string>& answers) {
    const int client = ::accept(listener_, nullptr, nullptr);
    if (client < 0) return;
    char bytes[4096];
    for (const auto& a : answers) {
      const auto n = ::read(client, bytes, sizeof(bytes));
      if (n <= 0) break;
      heard.append(bytes, static_cast<std::size_t>(n));
      if (::write(client, a.data(), a.size()) < 0) break;
    }
    ::close(client);
  }

  std::string path_;
  int listener_ = -1;
  std::thread thread_;
};

struct loaded_module {
  testing::fake_host host;
  void* state = nullptr;

  loaded_module() {
    const auto* d = godwit_module();
    value settings;
    const value none = value::object();
    REQUIRE(godwit::sdk::host().options_parse(self(), d->settings, none.raw(), settings.raw()) == GODWIT_OK);
    REQUIRE(d->configure(&testing::slots::table(), self(), settings.raw(), &state) == GODWIT_OK);
    REQUIRE(d->init(state) == GODWIT_OK);
    REQUIRE(d->start(state) == GODWIT_OK);
  }
  ~loaded_module() { godwit_module()->destroy(state); }

  std::shared_ptr<void> open(const std::string& params) {
    const auto a = host.run_function("redis.open", {fake_argument::of_json(params)});
    REQUIRE_MESSAGE(a.what == fake_answer::kind::object, a.text);
    return a.object;
  }
  fake_answer query(const std::shared_ptr<void>& connection, std::vector<std::string> words) {
    std::vector<fake_argument> arguments{fake_argument::of_object(connection.get())};
    for (const auto& w : words) arguments.push_back(fake_argument::of_text(w));
    return host.run_function("RedisConnection:query", std::move(arguments));
  }
};

}  // namespace

TEST_CASE_FIXTURE(loaded_module, "a command is sent, its reply comes back, the connection is used again") {
  scripted_server server({"+OK\r\n", "$5\r\nvalue\r\n", "-ERR unknown command 'NOPE'\r\n"});
  auto c = open(R"({"node": ")" + server.url() + R"("})");
  CHECK(query(c, {"SET", "k", "value"}).content.integer == 1);
  CHECK(query(c, {"GET", "k"}).content.text == "value");
  const auto refused = query(c, {"NOPE"});
  CHECK(refused.what == fake_answer::kind::failed);
  CHECK(refused.text == "ERR unknown command 'NOPE'");
  CHECK(server.heard.starts_with("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\nvalue\r\n*2\r\n"));
  std::size_t ok = 0, failed = 0;
  for (const auto& [name, seen] : host.histograms) {
    if (name.find(",query,ok}") != std::string::npos) ok += seen.seconds.size();
    if (name.find(",query,error}") != std::string::npos) failed += seen.seconds.size();
  }
  CHECK(ok == 2);
  CHECK(failed == 1);
}

TEST_CASE_FIXTURE(loaded_module, "a login and a database come before the first command") {
  scripted_server server({"+OK\r\n", "+OK\r\n", "+PONG\r\n"});
  auto c = open(R"({"node": ")" + server.url() + R"(?db=3", "username": "u", "password": "p"})");
  CHECK(query(c, {"PING"}).content.text == "PONG");
  CHECK(server.heard.starts_with(
      "*3\r\n$4\r\nAUTH\r\n$1\r\nu\r\n$1\r\np\r\n*2\r\n$6\r\nSELECT\r\n$1\r\n3\r\n"));
}

TEST_CASE_FIXTURE(loaded_module, "a server that says nothing is not waited for any longer than agreed") {
  scripted_server server({""});
  auto c = open(R"({"node": ")" + server.url() + R"(", "response_timeout": "50ms"})");
  CHECK(query(c, {"GET", "k"}).what == fake_answer::kind::failed);
}

TEST_CASE_FIXTURE(loaded_module, "no server, no command") {
  auto c = open(R"({"node": "unix:///nonexistent/redis.sock"})");
  CHECK(query(c, {"PING"}).text ==
        "redis+unix:///nonexistent/redis.sock: connect: No such file or directory");
  CHECK(query(c, {}).text == "redis: a command is needed");
  const auto wrong = host.run_function("redis.open", {fake_argument::of_json(R"({"node": "http://x"})")});
  CHECK(wrong.text == "redis URL: unknown scheme \"http\": use redis, rediss or redis+unix");
}
