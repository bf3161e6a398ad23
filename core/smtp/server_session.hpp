#pragma once
// One inbound SMTP connection: the driver. It reads lines, keeps the order of commands and the limits, and
// asks the policy; parsing, texts, content and exchanges live in their own files. Born, run and gone on one
// loop.

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/line_reader.hpp"
#include "net/listener.hpp"
#include "net/stream.hpp"
#include "net/tls_context.hpp"
#include "smtp/command.hpp"
#include "smtp/data_reader.hpp"
#include "smtp/limits.hpp"
#include "smtp/listener_options.hpp"
#include "smtp/replies.hpp"
#include "smtp/server_metrics.hpp"
#include "smtp/session_policy.hpp"
#include "smtp/session_view.hpp"
#include "smtp/trace.hpp"

namespace godwit::smtp {

/// What the sessions of a listener share; outlives them.
struct server_context {
  listener_options_ref options;
  policy_factory make_policy;
  net::tls_context_cache* tls = nullptr;
  std::shared_ptr<server_metrics> metrics;
  std::atomic<bool> shutting_down{false};
};

class server_session {
 public:
  server_session(server_context& shared, rt::loop& where, net::accepted connection);
  ~server_session();

  rt::task<> run();
  /// Says "421 shutting down" now if it waits for a command, else before the next one.
  void shut_down();
  const ip_endpoint& peer() const { return peer_; }
  session_view view() const;  ///< on the session's loop

 private:
  struct open_transaction {
    std::optional<mail::address> sender;
    std::vector<mail::address> recipients;
    std::uint64_t declared_size = 0;
    bool smtputf8 = false;
    std::unique_ptr<bdat_reader> bdat;  // from the first BDAT on
    bool bdat_failed = false;
    std::size_t surplus = 0;  // recipients beyond max_recipients_per_message
    rt::steady_clock::time_point started;
  };

  // server_session.cpp: the conversation
  rt::task<> converse();
  rt::task<bool> greet();
  std::optional<mail::response> turned_away();
  rt::task<bool> more_input();
  rt::task<bool> input_failed(std::error_code ec);
  rt::task<> execute(std::string_view line);
  rt::task<> dispatch(command c);
  rt::task<> hello(command c);
  rt::task<> give_up(std::string why);
  void note_command(const command& c);
  /// For operators who watch; `text` is fit to be shown.
  void tell(trace_kind what, std::string_view text) const {
    if (is_traced()) [[unlikely]] tell_watchers(what, text);
  }
  void tell_watchers(trace_kind what, std::string_view text) const;
  void tell_content(trace_kind what, std::uint64_t bytes, std::string_view unit) const;

  // server_session_replies.cpp: what is said, and when it is sent
  rt::task<> reply(canned_reply r);
  rt::task<> reply(mail::response r, const mail::address* recipient = nullptr);
  rt::task<> reply(int code, std::string text);
  void note_rejection(const mail::response& r, const mail::address* recipient);
  rt::task<> end(mail::response r);  ///< the last reply of the session
  rt::task<> end_for_errors();
  rt::task<> give(answer a, const mail::address* recipient = nullptr);
  rt::task<bool> flush();

  // server_session_mail.cpp: the transaction
  rt::task<> mail(command c);
  rt::task<> rcpt(command c);
  rt::task<> data();
  rt::task<> bdat(command c);
  rt::task<> bdat_chunk(bdat_argument chunk);
  rt::task<> refuse_bdat(canned_reply why, bool is_last);
  rt::task<bool> discard(std::uint64_t bytes);
  template <class Feed>
  rt::task<bool> read_content(Feed feed);
  rt::task<> refuse_content(body_fault fault);
  rt::task<> accept_content(std::shared_ptr<mail::body> body, bool is_bdat);
  bool is_hopeless(const body_builder& body) const;
  body_limits content_limits() const;
  void reset_transaction() { transaction_ = {}; }

  // server_session_security.cpp: who speaks, and through what
  rt::task<bool> read_proxy_header();
  rt::task<> start_tls();
  rt::task<> auth(command c);
  rt::task<std::optional<std::string>> auth_line();
  rt::task<> xclient(command c);
  void introduce();
  void forget_identity();
  void note_tls(const net::tls_info& info);
  rt::task<> apply_dynamic_options();
  bool may_authenticate() const { return stream_->is_tls() || options_->allow_auth_without_tls; }

  const std::string& host() const { return options_->host(); }

  server_context& shared_;
  rt::loop& loop_;
  listener_options_ref options_;
  std::unique_ptr<net::stream> stream_;
  net::connection_limit::slot slot_;
  ip_endpoint peer_, local_;
  const std::uint64_t number_;
  const rt::steady_clock::time_point began_;
  net::line_reader reader_;
  std::unique_ptr<session_policy> policy_;
  session_limits limits_;
  open_transaction transaction_;
  std::string out_;      // replies that are not sent yet
  std::string command_;  // being executed, without secrets
  int said_ = 0;         // code of the last reply, as the policy left it
  bool rewrites_replies_ = false;
  bool is_authenticated_ = false;
  bool is_after_auth_ = false;  // what is no command may be credentials
  bool is_waiting_ = false;  // for a command, with nothing of it read
  bool has_command_deadline_ = false;
  bool is_ending_ = false;
  bool must_linger_ = false;  // the peer may still be writing
};

}  // namespace godwit::smtp
