#pragma once
// A server session over an in-memory stream, with a policy the test writes: what is sent goes in, what is
// answered comes out, without waiting.

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "net/loopback_stream.hpp"
#include "rt/gate.hpp"
#include "smtp/server_session.hpp"
#include "support/run_until.hpp"

namespace godwit::smtp {

/// What the policy answers and what it saw. Shared, because the policy dies with its session.
struct script {
  decision connect, ehlo, mail, rcpt, auth;
  answer message{mail::response::parse(250, "OK ids=1"), false, {}};
  std::function<void(const char* event)> on_event;  ///< may throw
  std::function<void(mail::address& a)> rewrite;    ///< of sender and recipients
  std::vector<std::string> more_extensions;
  value dynamic;
  bool rewrites = false;
  std::map<int, int> replies;  ///< codes that are said in place of others

  std::vector<std::string> events;
  std::vector<transaction> messages;
  std::vector<std::string> rejections;  ///< "CODE text|command|sender|recipient"
  std::string credentials;
  object meta;
  ip_endpoint peer, local;
  listener_options_ref options;
};

class scripted_policy : public session_policy {
 public:
  explicit scripted_policy(script& s) : script_(s) {}

  rt::task<decision> on_connect() override {
    note("connect");
    co_return script_.connect;
  }
  rt::task<decision> on_ehlo(const std::string& domain, std::vector<std::string>& extensions) override {
    note("ehlo " + domain);
    extensions.insert(extensions.end(), script_.more_extensions.begin(), script_.more_extensions.end());
    co_return script_.ehlo;
  }
  rt::task<decision> on_mail_from(mail::address& sender) override {
    note("mail " + sender.email());
    if (script_.rewrite) script_.rewrite(sender);
    co_return script_.mail;
  }
  rt::task<decision> on_rcpt_to(mail::address&, mail::address& recipient) override {
    note("rcpt " + recipient.email());
    if (script_.rewrite) script_.rewrite(recipient);
    if (recipient.email().starts_with("bad")) {
      co_return answer{mail::response::parse(550, "5.7.1 relaying not permitted"), false, {}};
    }
    co_return script_.rcpt;
  }
  rt::task<decision> on_auth_plain(const std::string& authz, const std::string& authc,
                                   const std::string& password) override {
    note("auth");
    script_.credentials = authz + "/" + authc + "/" + password;
    co_return script_.auth;
  }
  rt::task<answer> on_message(transaction t) override {
    note("message");
    script_.messages.push_back(std::move(t));
    co_return script_.message;
  }
  void on_rejection(const mail::response& r, const mail::address* sender, const mail::address* recipient) override {
    script_.rejections.push_back(fmt::format("{}|{}|{}|{}", r.one_line(), r.command,
                                             sender ? sender->email() : "",
                                             recipient ? recipient->email() : ""));
    if (script_.on_event) script_.on_event("reply");
  }
  void on_close() noexcept override { script_.events.emplace_back("close"); }
  rt::task<value> dynamic_options() override { co_return script_.dynamic; }
  void on_options(listener_options_ref o) override { script_.options = std::move(o); }
  bool rewrites_replies() const override { return script_.rewrites || !script_.replies.empty(); }
  rt::task<> rewrite_reply(mail::response& r) override {
    const auto own = script_.replies.find(r.code);
    if (own != script_.replies.end()) {
      auto command = std::move(r.command);
      r = mail::response::parse(own->second, "4.0.0 by policy");
      r.command = std::move(command);
    }
    if (script_.rewrites) r.content += " (rewritten)";
    co_return;
  }
  mail::connection_context& context() override { return context_; }

  ~scripted_policy() override {
    script_.meta = context_.meta;
    script_.peer = context_.peer;
    script_.local = context_.local;
  }

 private:
  void note(std::string event) {
    script_.events.push_back(event);
    if (script_.on_event) script_.on_event(event.c_str());
  }
  script& script_;
  mail::connection_context context_;
};

class session_fixture {
 public:
  session_fixture() {
    options.hostname = "mx.test";
    options.client_timeout = std::chrono::seconds(30);
  }
  ~session_fixture() {
    client().close();
    run();
  }

  /// Starts the session and returns the greeting.
  std::string start(bool within_limit = true) {
    context.options = std::make_shared<listener_options>(options);
    context.tls = &tls_cache;
    context.metrics = std::make_shared<server_metrics>("test");
    context.make_policy = [this](const session_start& s) {
      auto policy = std::make_unique<scripted_policy>(script);
      policy->context().peer = s.peer;
      return policy;
    };
    auto limit = std::make_shared<net::connection_limit>(within_limit ? 1 : 0);
    auto made = std::make_shared<server_session>(
        context, loop, net::accepted{std::move(pair.a), 0, net::connection_limit::slot(limit)});
    session = made.get();
    gate.spawn("session", [made = std::move(made)]() mutable -> rt::task<> {
      co_await made->run();
      made.reset();
    });
    gate.spawn("reader", [this] { return read_all(); });
    return received();
  }

  /// Sends bytes and returns what is answered at once.
  std::string say(std::string bytes) {
    gate.spawn("writer", [this, bytes]() -> rt::task<> { co_await client().write(bytes); });
    return received();
  }
  /// Up to and including DATA.
  void envelope() {
    say("EHLO client.test\r\n");
    say("MAIL FROM:<s@a.test>\r\nRCPT TO:<r@b.test>\r\nDATA\r\n");
  }
  std::string received() {
    run();
    return std::exchange(input_, {});
  }
  std::string wait(std::chrono::milliseconds limit) {
    loop.io().restart();
    loop.io().run_for(limit);
    return std::exchange(input_, {});
  }
  /// What is answered until the server closes the connection.
  std::string until_closed() {
    godwit::testing::run_until(loop, [this] { return closed_; });
    return std::exchange(input_, {});
  }
  bool is_closed() const { return closed_; }
  net::stream& client() { return *pair.b; }

  /// The client's side of STARTTLS, after its reply.
  bool shake_hands() {
    net::tls_client_options o;
    o.verify = false;
    client_tls_ = *tls_cache.client(o);
    bool done = false;
    in_tls_ = true;
    client().cancel();  // the reader makes room for the handshake
    run();
    gate.spawn("tls", [this, &done]() -> rt::task<> {
      net::tls_peer peer;
      const auto info = co_await client().start_tls_client(client_tls_, peer);
      done = info.ok();
    });
    run();
    in_tls_ = false;
    gate.spawn("reader", [this] { return read_all(); });
    run();
    return done;
  }

  rt::loop loop{0};
  rt::gate gate{loop, "test"};
  net::loopback_pair pair = net::make_loopback_pair(loop.get_executor(), *ip_endpoint::parse("192.0.2.25:25"),
                                                    *ip_endpoint::parse("198.51.100.7:4321"));
  net::tls_context_cache tls_cache;
  listener_options options;
  smtp::script script;
  server_context context;
  server_session* session = nullptr;

 private:
  void run() {
    loop.io().restart();
    loop.io().poll();
  }
  rt::task<> read_all() {
    std::array<char, 4096> buffer;
    for (;;) {
      const auto got = co_await client().read_some(buffer);
      if (!got.ok()) {
        closed_ = !in_tls_;
        co_return;
      }
      input_.append(buffer.data(), got.bytes);
    }
  }

  std::string input_;
  net::tls_context_ref client_tls_;
  bool closed_ = false;
  bool in_tls_ = false;
};

}  // namespace godwit::smtp
