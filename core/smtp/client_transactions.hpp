#pragma once
// Mail transactions of one client connection: envelope and content out, a verdict per recipient back. Belongs to one
// client session and its loop.
//
// On a pipelining peer RSET, MAIL, RCPT… and DATA are one write, and the commands of the next message ride behind
// the final dot of this one: a message then costs one write, one read and one round trip.

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "mail/message.hpp"
#include "smtp/client_capabilities.hpp"
#include "smtp/client_channel.hpp"
#include "smtp/client_commands.hpp"
#include "smtp/client_options.hpp"
#include "smtp/client_verdict.hpp"

namespace godwit::smtp {

/// Hears the verdicts so far when another transaction is to follow for the same message, which begins when it is done. It
/// may take recipients off the message, and then takes them out of `so_far` as well: places stay the same in both.
using batch_report = std::function<rt::task<>(send_result& so_far)>;

class client_transactions {
 public:
  client_transactions(client_channel& channel, const client_options& options)
      : channel_(channel), options_(options) {}

  void set_capabilities(const client_capabilities& offered) { offered_ = offered; }

  /// Sends `m` to all its recipients, in as many transactions as max_recipients_per_batch asks for. The caller will
  /// send `next` right after, unless the connection ends: its commands may go out early. Both stay alive, and unchanged
  /// save for what `report` (which outlives the call; may be empty) does to `m`.
  rt::task<send_result> send(const mail::message& m, const mail::message* next, const batch_report& report);

 private:
  /// The transaction that runs.
  struct progress {
    const mail::message& message;
    send_result& out;
    std::vector<std::size_t> accepted = {};  ///< recipients that RCPT succeeded for
    bool is_answered = false;                ///< some reply of this transaction was read
    bool is_mail_accepted = false;
    bool is_full = false;      ///< the peer wants no more recipients in this transaction
    bool is_go_ahead = false;  ///< 354
  };

  bool is_pipelining() const { return options_.enable_pipelining && offered_.pipelining; }
  bool may_chunk() const;
  std::size_t batch_limit() const;
  client_commands::ending ending_of(const mail::message& m) const;
  std::optional<mail::response> unsendable(const mail::message& m) const;
  bool may_begin(const mail::message& next) const;
  void find_pending(const send_result& out);

  rt::task<> run(const mail::message& m, send_result& out, const mail::message* next);
  rt::task<bool> exchange_commands(progress& t, bool is_begun);
  rt::task<bool> write_group(progress& t);
  rt::task<bool> send_content(progress& t, const mail::message* next);
  rt::task<bool> send_chunk(progress& t);
  rt::task<bool> send_nothing(progress& t);
  rt::task<bool> read_verdicts(progress& t, std::string_view command);
  rt::task<client_failure> write_content(const mail::content& c, std::string_view head, std::string_view tail,
                                         bool stuffed, std::string_view what);
  rt::task<client_failure> write_slices(std::span<const asio::const_buffer> pieces, std::string_view what);
  /// The next reply; false when there is none (out.broken is set) or when it was 421 (everything is settled).
  rt::task<bool> hear(progress& t, std::string_view command, std::chrono::nanoseconds limit, mail::response& reply);

  bool take(progress& t, const client_command& c, mail::response reply);
  bool take_mail(progress& t, mail::response reply);
  bool take_recipient(progress& t, std::size_t recipient, mail::response reply);
  bool take_data(progress& t, mail::response reply);
  bool take_verdict(progress& t, std::size_t recipient, mail::response reply);
  bool break_off(progress& t, client_error why);
  bool refuse_unasked(progress& t);
  std::chrono::nanoseconds limit_of(command_verb verb) const;
  void tell_content(const mail::message& m);

  client_channel& channel_;
  const client_options& options_;
  client_capabilities offered_;
  std::size_t sent_ = 0;      ///< messages before this one on the connection
  bool needs_reset_ = false;  ///< a transaction was left open
  const mail::message* begun_ = nullptr;  ///< whose commands (upcoming_) went out with the previous content
  client_commands current_, upcoming_;
  std::vector<std::size_t> pending_;  ///< recipients of the current message without a verdict
  std::string stuffed_, tail_;
};

}  // namespace godwit::smtp
