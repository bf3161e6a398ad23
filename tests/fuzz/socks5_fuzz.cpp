// Replies of a hostile SOCKS5 proxy: any bytes, in any pieces, end in an answer that does not depend on the pieces; after
// success not a byte of what the destination says is lost.
#include "deliver/socks5_client.hpp"
#include "hostile_peer.hpp"

using namespace godwit;
using fuzz::require;

namespace {

struct outcome {
  bool is_connected = false, is_bind = false;
  std::string text;  ///< why not; or what came behind the replies

  bool operator==(const outcome&) const = default;
};

/// Method, and two replies with a host name of no bytes.
constexpr std::size_t shortest = 2 + 7 + 7;

class negotiation {
 public:
  negotiation(std::string_view user, std::size_t max_read) : proxy_(max_read), stream_(proxy_.take_client_end()) {
    request_ = {std::string(user), "secret", *ip_address::parse("192.0.2.1"), *ip_endpoint::parse("198.51.100.1:25")};
  }

  outcome run(std::string_view replies) {
    proxy_.spawn([this] { return negotiate(); });
    proxy_.say(replies);
    proxy_.hang_up();
    require(is_over_);
    return out_;
  }

 private:
  rt::task<> negotiate() {
    const auto failure = co_await deliver::negotiate_socks5(*stream_, request_);
    if (failure) {
      out_ = {false, failure->is_bind, failure->text};
    } else {
      out_.is_connected = true;
      co_await read_rest();
    }
    is_over_ = true;
  }

  rt::task<> read_rest() {
    std::array<char, 4096> buffer;
    for (;;) {
      const auto got = co_await stream_->read_some(buffer);
      if (!got.ok()) co_return;
      out_.text.append(buffer.data(), got.bytes);
    }
  }

  fuzz::hostile_peer proxy_;
  std::unique_ptr<net::stream> stream_;
  deliver::socks5_request request_;
  outcome out_;
  bool is_over_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto replies = fuzz::text_of(data, size);
  for (const std::string_view user : {"", "user"}) {
    const auto whole = negotiation(user, SIZE_MAX).run(replies);
    require(whole == negotiation(user, 1).run(replies));
    if (whole.is_connected) require(replies.ends_with(whole.text) && replies.size() >= whole.text.size() + shortest);
  }
  return 0;
}
