#pragma once
// One connection to the control socket: reads requests, runs them one after the other, stays able to hear "cancel".

#include <deque>
#include <memory>
#include <optional>
#include <string>

#include <asio/cancellation_signal.hpp>

#include "control/channel.hpp"
#include "control/protocol.hpp"
#include "control/registry.hpp"
#include "rt/gate.hpp"

namespace godwit::control {

/// Lives on the server's loop, kept alive by its coroutines.
class session : public std::enable_shared_from_this<session> {
 public:
  session(const registry& commands, rt::gate& work, unix_socket socket, duration patience);

  /// From greeting to the end of the connection.
  rt::task<> run(caller by, std::string version);
  /// Closes once what runs now is done.
  void finish();
  /// Cancels what runs and closes.
  void end();
  int handle() { return channel_.handle(); }
  static rt::task<> refuse(std::shared_ptr<session> self, std::string why);

 private:
  struct waiting_request {
    request what;
    bool is_cancelled = false;  ///< is answered in its turn, so that nobody waits for ever
  };

  rt::task<bool> serve_next();
  bool take(request r);
  rt::task<> work();
  rt::task<> serve(waiting_request next);
  rt::task<> pass_over(request r);
  rt::task<> complete(request r);
  rt::task<> execute(request r);
  rt::task<result<void>> dispatch(const request& r);
  rt::task<result<void>> run_handler(command_ref c, const request& r, const arguments& args);
  rt::task<> send(std::string frames);
  void cancel(std::int64_t id);
  void audit(const request& r, outcome o, const std::string& why, duration took) const;

  const registry& commands_;
  rt::gate& gate_;
  channel channel_;
  caller by_;
  std::deque<waiting_request> waiting_;
  bool is_working_ = false, is_over_ = false, is_finishing_ = false, was_cancelled_ = false;
  std::optional<std::int64_t> running_;
  asio::cancellation_signal cancel_;
};

}  // namespace godwit::control
