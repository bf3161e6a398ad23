#pragma once
// A byte stream to a peer: TCP socket or in-memory pair, in the clear or under TLS. One owner, one loop, one
// operation at a time: what a half-duplex protocol such as SMTP needs.

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "base/cidr.hpp"
#include "base/result.hpp"
#include "net/transport.hpp"
#include "rt/loop.hpp"
#include "rt/task.hpp"

namespace godwit::net {

class tls_context;
using tls_context_ref = std::shared_ptr<const tls_context>;
class tls_session;

/// What a handshake settled.
struct tls_info {
  std::string version;  ///< "TLSv1.3"
  std::string cipher;   ///< OpenSSL's name: "TLS_AES_256_GCM_SHA384"
  std::vector<std::string>
      peer_subject_name;       ///< {"O=Example", "CN=mx.example.com"}; empty without a peer certificate
  bool peer_verified = false;  ///< chain (and host name for clients) checked and right
};

/// Whom a client wants to talk to.
struct tls_peer {
  std::string server_name;  ///< SNI; left out for an address literal or when empty
  std::string verify_name;  ///< name the certificate must carry when the context verifies; empty: server_name
};

/// Errors: asio::error::eof (peer closed), asio::error::timed_out (deadline), asio::error::operation_aborted
/// (cancelled), or the system's. After any error the stream is good for close() only.
class stream {
 public:
  explicit stream(std::unique_ptr<transport> pipe);
  ~stream();  ///< closes
  stream(const stream&) = delete;

  /// At least one byte, or an error.
  rt::task<io_result> read_some(std::span<char> into);
  /// All bytes of all pieces, in order, with as few system calls as the kernel permits. `pieces` and what
  /// they point to stay alive until it is done.
  rt::task<std::error_code> write(std::span<const asio::const_buffer> pieces);
  rt::task<std::error_code> write(std::string_view bytes);

  /// Handshakes under the current deadline. The caller checks before that nothing is left in its read buffer
  /// (line_reader::has_buffered): plaintext before the handshake must not be taken for protected input.
  rt::task<result<tls_info>> start_tls_server(tls_context_ref context);
  rt::task<result<tls_info>> start_tls_client(tls_context_ref context, tls_peer peer);
  bool is_tls() const { return tls_ != nullptr; }
  const tls_info& tls() const { return tls_info_; }  ///< empty fields while in the clear

  /// Operations that run or start after `when` fail with timed_out. Cheap: the stream's one timer is only
  /// moved when the new deadline is earlier than what it waits for.
  void set_deadline(rt::steady_clock::time_point when) { pipe_->set_deadline(when); }
  void set_timeout(std::chrono::nanoseconds from_now) {
    pipe_->set_deadline(rt::steady_clock::now() + from_now);
  }
  void clear_deadline() { pipe_->clear_deadline(); }

  ip_endpoint local() const { return pipe_->local(); }
  ip_endpoint peer() const { return pipe_->peer(); }
  rt::executor get_executor() { return pipe_->get_executor(); }

  void cancel() noexcept { pipe_->cancel(); }  ///< what runs ends with operation_aborted
  void close() noexcept;                       ///< with a TLS close_notify if it can be sent at once
  /// Half-closes, discards what the peer still sends (a little, briefly), closes: the last reply is not lost
  /// to a reset when the peer was still writing.
  rt::task<> linger_close();

 private:
  rt::task<io_result> read_tls(std::span<char> into);
  rt::task<std::error_code> write_tls(std::span<const asio::const_buffer> pieces);
  rt::task<result<tls_info>> handshake();
  rt::task<std::error_code> flush_tls();
  rt::task<std::error_code> feed_tls();

  std::unique_ptr<transport> pipe_;
  std::unique_ptr<tls_session> tls_;
  net::tls_info tls_info_;
};

/// "connection closed by peer", "timed out", else the system's text.
std::string describe(const std::error_code& ec);

}  // namespace godwit::net
