// A whole session with a hostile server: whatever it says, in whatever pieces, the session comes to an end, every recipient gets a
// verdict or the connection is given up, and nobody counts as delivered whose message was not sent whole. The first byte chooses
// options; a NUL byte ends a piece (a real one is written \xff).
#include <algorithm>
#include <charconv>

#include "hostile_peer.hpp"
#include "mail/message.hpp"
#include "smtp/client_session.hpp"

using namespace godwit;
using fuzz::require;

namespace {

std::shared_ptr<mail::message> message_to(const std::vector<std::string>& recipients, std::string text) {
  std::vector<mail::address> to;
  for (const auto& r : recipients) to.push_back(*mail::address::parse(r));
  auto m = std::make_shared<mail::message>(uuid::make_v1(), *mail::address::parse("s@a.example"), std::move(to));
  auto body = std::make_shared<mail::body>();
  body->needs_stuffing = text.find("\n.") != text.npos;
  body->bytes = std::move(text);
  m->content.base = std::move(body);
  return m;
}

smtp::client_options options_from(unsigned char flags) {
  smtp::client_options o;
  o.ehlo_name = "client.example";
  o.use_lmtp = (flags & 1U) != 0;
  o.enable_pipelining = (flags & 2U) == 0;
  o.enable_chunking = (flags & 4U) == 0;
  o.enable_rset = (flags & 8U) == 0;
  o.max_recipients_per_batch = (flags & 16U) == 0 ? 100 : 1;
  return o;
}

class conversation {
 public:
  explicit conversation(unsigned char flags)
      : session_(server_.take_client_end(), options_from(flags)),
        is_authenticating_((flags & 32U) != 0),
        is_reporting_((flags & 64U) != 0) {}

  void run(std::string_view pieces) {
    server_.spawn([this] { return talk(); });
    while (!pieces.empty()) {
      std::string piece(fuzz::take_part(pieces));
      std::replace(piece.begin(), piece.end(), '\xff', '\0');
      server_.say(piece);
    }
    server_.hang_up();
    require(is_over_);
    if (first_result_) check_end(*first_, *first_result_, "one");
    if (second_result_) check_end(*second_, *second_result_, "two");
  }

 private:
  rt::task<> talk() {
    const bool is_ready = co_await greet();
    if (is_ready) co_await send_both();
    co_await session_.quit();
    is_over_ = true;
  }

  rt::task<bool> greet() {
    auto failed = co_await session_.read_banner();
    if (failed) co_return false;
    failed = co_await session_.hello();
    if (failed || !is_authenticating_) co_return !failed;
    failed = co_await session_.auth_plain("user", "secret");
    co_return !failed;
  }

  rt::task<> send_both() {
    const smtp::batch_report first = report_for(*first_, "one"), second = report_for(*second_, "two");
    first_result_ = co_await session_.send(*first_, second_.get(), first);
    if (first_result_->broken || first_result_->is_closing) co_return;
    second_result_ = co_await session_.send(*second_, nullptr, second);
  }

  smtp::batch_report report_for(mail::message& m, std::string_view mark) {
    if (!is_reporting_) return {};
    return [this, &m, mark](smtp::send_result& so_far) { return take_off(m, so_far, mark); };
  }

  /// Between two transactions of a message: who has an answer is taken off it, as by the driver of deliver.
  rt::task<> take_off(mail::message& m, smtp::send_result& so_far, std::string_view mark) {
    check(m, so_far, mark);
    std::vector<mail::address> open;
    std::vector<smtp::recipient_reply> unanswered;
    for (std::size_t i = 0; i < m.recipients.size(); ++i) {
      if (so_far.recipients[i].is_set) continue;
      open.push_back(m.recipients[i]);
      unanswered.push_back(so_far.recipients[i]);
    }
    m.recipients = std::move(open);
    so_far.recipients = std::move(unanswered);
    co_return;
  }

  void check_end(const mail::message& m, const smtp::send_result& result, std::string_view mark) const {
    check(m, result, mark);
    for (const auto& r : result.recipients) require(r.is_set || result.broken);
  }

  void check(const mail::message& m, const smtp::send_result& result, std::string_view mark) const {
    require(result.recipients.size() == m.recipients.size());
    for (const auto& r : result.recipients) {
      if (r.is_set) require(smtp::is_success(r.reply.code) || smtp::is_refusal(r.reply.code));
      if (r.is_set && smtp::is_success(r.reply.code)) require(was_sent_whole(mark));
    }
  }

  /// The last line of the content went out, and there the data ended.
  bool was_sent_whole(std::string_view mark) const {
    const auto last_line = "\nend of " + std::string(mark) + "\r\n";
    const std::string_view heard = server_.heard();
    for (auto at = heard.find(last_line); at != heard.npos; at = heard.find(last_line, at + 1)) {
      const auto end = at + last_line.size();
      if (heard.substr(end).starts_with(".\r\n") || ends_last_chunk(heard, end)) return true;
    }
    return false;
  }

  /// A chunk that says of itself that it is the last (RFC 3030, section 2) ends there.
  static bool ends_last_chunk(std::string_view heard, std::size_t end) {
    constexpr std::string_view verb = "BDAT ", rest = " LAST\r\n";
    for (auto at = heard.find(verb); at < end; at = heard.find(verb, at + 1)) {
      const auto digits = heard.data() + at + verb.size();
      std::size_t size = 0;
      const auto behind = std::from_chars(digits, heard.data() + end, size).ptr;
      const auto start = static_cast<std::size_t>(behind - heard.data()) + rest.size();
      if (heard.substr(start - rest.size()).starts_with(rest) && start + size == end) return true;
    }
    return false;
  }

  fuzz::hostile_peer server_;
  smtp::client_session session_;
  bool is_authenticating_, is_reporting_;
  std::shared_ptr<mail::message> first_ = message_to({"p@b.example", "q@b.example", "r@b.example"}, "Subject: 1\r\n\r\nend of one\r\n");
  std::shared_ptr<mail::message> second_ = message_to({"p@b.example", "q@c.example"}, "Subject: 2\r\n\r\n.\r\n..x\r\nend of two\r\n");
  std::optional<smtp::send_result> first_result_, second_result_;
  bool is_over_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  conversation(data[0]).run(fuzz::text_of(data + 1, size - 1));
  return 0;
}
