// Every limit a peer can hit: the code it hears, and what becomes of the session.
#include <doctest/doctest.h>

#include "smtp/server_session.hpp"
#include "unit/smtp/scripted_session.hpp"

using namespace godwit;
using namespace godwit::smtp;
using namespace std::chrono_literals;

namespace {
std::uint64_t count(const char* name, const char* service = "test") {
  return metrics::get_counter(name, "", {{"service", service}})->read();
}
}  // namespace

TEST_CASE("too many connections") {
  session_fixture f;
  const auto denied = count("total_connections_denied");
  const auto open = metrics::get_gauge("connection_count", "", {{"service", "test"}})->read();
  CHECK(f.start(false) == "421 4.3.2 mx.test too many concurrent sessions. Try later\r\n");
  CHECK(f.is_closed());
  CHECK(count("total_connections_denied") == denied + 1);
  CHECK(metrics::get_gauge("connection_count", "", {{"service", "test"}})->read() == open);
  CHECK(f.script.events == std::vector<std::string>{"close"});
  CHECK(f.script.rejections == std::vector<std::string>{"421 4.3.2 mx.test too many concurrent sessions. Try later|||"});
}

TEST_CASE("too many recipients") {
  session_fixture f;
  f.options.max_recipients_per_message = 2;
  f.start();
  f.say("MAIL FROM:<s@a.test>\r\nRCPT TO:<1@b.test>\r\nRCPT TO:<bad@b.test>\r\nRCPT TO:<2@b.test>\r\n");
  CHECK(f.say("RCPT TO:<3@b.test>\r\n") == "452 4.5.3 too many recipients\r\n");
  CHECK(f.say("DATA\r\n").starts_with("354"));
  f.say(".\r\n");
  CHECK(f.script.messages.at(0).recipients.size() == 2);
}

TEST_CASE("too many messages") {
  session_fixture f;
  f.options.max_messages_per_connection = 2;
  f.start();
  f.say("MAIL FROM:<s@a.test>\r\nRSET\r\nMAIL FROM:<s@a.test>\r\nRSET\r\n");
  CHECK(f.say("MAIL FROM:<s@a.test>\r\n") == "421 4.5.3 mx.test too many messages on this connection\r\n");
  CHECK(f.is_closed());
}

TEST_CASE("declared size is over the limit") {
  session_fixture f;
  f.options.max_message_size = 1000;
  f.start();
  CHECK(f.say("MAIL FROM:<s@a.test> SIZE=1001\r\n") == "552 5.3.4 message too big\r\n");
  CHECK(f.say("MAIL FROM:<s@a.test> SIZE=1000\r\n").starts_with("250"));
}

TEST_CASE("actual size is over the limit: heard after the end, session goes on") {
  session_fixture f;
  f.options.max_message_size = 1000;
  f.start();
  f.envelope();
  std::string content;
  for (int i = 0; i < 50; ++i) content += std::string(48, 'x') + "\r\n";
  CHECK(f.say(content) == "");
  CHECK(f.say(".\r\n") == "552 5.3.4 message too big\r\n");
  CHECK(f.script.messages.empty());
  f.envelope();
  CHECK(f.say(content.substr(0, 1000) + ".\r\n") == "250 OK ids=1\r\n");
  CHECK(f.script.messages.at(0).body->bytes.size() == 1000);
}

TEST_CASE("a sender that does not stop is cut off") {
  session_fixture f;
  f.options.max_message_size = 1000;
  f.start();
  f.envelope();
  std::string said;
  for (int i = 0; i < 80 && said.empty(); ++i) said = f.say(std::string(16383, 'x') + "\n");
  CHECK(said.ends_with("500 5.2.3 line too long\r\n"));
  f.client().close();
  f.received();
  CHECK(f.script.events.back() == "close");
}

TEST_CASE("line too long in a command, in DATA, at the limit") {
  session_fixture f;
  f.start();
  const auto command = "NOOP " + std::string(993, 'x');
  CHECK(f.say(command + "\r\n") == "250 the goggles do nothing\r\n");
  CHECK(f.say(command + "x\r\n") == "500 5.2.3 line too long\r\n");
  f.envelope();
  CHECK(f.say(std::string(998, 'x') + "\r\n.\r\n") == "250 OK ids=1\r\n");
  f.envelope();
  CHECK(f.say(std::string(999, 'x') + "\r\n.\r\n") == "500 5.2.3 line too long\r\n");
  f.envelope();
  CHECK(f.say("." + std::string(998, '.') + "\r\n.\r\n") ==
        "250 OK ids=1\r\n");  // the stuffed dot does not count
}

TEST_CASE("an endless command line is refused once and costs no memory") {
  session_fixture f;
  f.start();
  CHECK(f.say(std::string(100000, 'x')) == "500 5.2.3 line too long\r\n");
  CHECK(f.say(std::string(100000, 'x')) == "");
  CHECK(f.say("\r\nNOOP\r\n") == "250 the goggles do nothing\r\n");
}

TEST_CASE("a session that only keeps busy is ended") {
  session_fixture f;
  f.start();
  std::string said;
  for (std::size_t i = 0; i < session_limits::max_junk; ++i) said = f.say("NOOP\r\n");
  CHECK(said == "250 the goggles do nothing\r\n");
  CHECK(f.say("NOOP\r\n") == "421 4.7.0 mx.test too many errors on this connection\r\n");
  CHECK(f.is_closed());
}

TEST_CASE("accepted messages make the junk counter start again") {
  session_fixture f;
  f.start();
  for (std::size_t i = 0; i < 3 * session_limits::max_junk; ++i) {
    f.say("RSET\r\n");
    if (i % 50 == 0) f.say("MAIL FROM:<s@a.test>\r\nRCPT TO:<r@b.test>\r\nDATA\r\n.\r\n");
  }
  CHECK_FALSE(f.is_closed());
}

TEST_CASE("a session of errors is ended") {
  session_fixture f;
  f.start();
  std::string line, said;
  SUBCASE("RCPT without MAIL") { line = "RCPT TO:<r@b.test>\r\n"; }
  SUBCASE("DATA without MAIL") { line = "DATA\r\n"; }
  SUBCASE("MAIL that is no address") { line = "MAIL FROM:<a@>\r\n"; }
  SUBCASE("BDAT without MAIL") { line = "BDAT 2 LAST\r\nxx"; }
  SUBCASE("recipients that are tried out") {
    f.say("MAIL FROM:<s@a.test>\r\n");
    line = "RCPT TO:<bad@b.test>\r\n";
  }
  for (std::size_t i = 0; i < session_limits::max_errors; ++i) said = f.say(line);
  CHECK(said.starts_with("5"));
  CHECK_FALSE(f.is_closed());
  CHECK(f.say(line).ends_with("421 4.7.0 mx.test too many errors on this connection\r\n"));
  CHECK(f.is_closed());
}

TEST_CASE("pipelined errors end in the same way") {
  session_fixture f;
  f.start();
  std::string all;
  for (int i = 0; i < 3000; ++i) all += "DATA\r\n";
  const auto said = f.say(all);
  CHECK(static_cast<std::size_t>(std::count(said.begin(), said.end(), '\n')) == session_limits::max_errors + 2);
  CHECK(f.is_closed());
}

TEST_CASE("a list with as many dead addresses as living ones is served") {
  session_fixture f;
  f.start();
  f.say("MAIL FROM:<s@a.test>\r\n");
  for (std::size_t i = 0; i < 2 * session_limits::max_errors; ++i) {
    f.say("RCPT TO:<r@b.test>\r\nRCPT TO:<bad@b.test>\r\n");
  }
  CHECK(f.say("DATA\r\n").starts_with("354"));
}

TEST_CASE("a sender may offer twice the recipients of a message, but not go on for ever") {
  session_fixture f;
  f.options.max_recipients_per_message = 150;
  f.start();
  f.say("MAIL FROM:<s@a.test>\r\n");
  std::string said;
  for (int i = 0; i < 300; ++i) said = f.say("RCPT TO:<r@b.test>\r\n");
  CHECK(said == "452 4.5.3 too many recipients\r\n");
  for (std::size_t i = 0; i < session_limits::max_errors; ++i) f.say("RCPT TO:<r@b.test>\r\n");
  CHECK(f.say("RCPT TO:<r@b.test>\r\n").ends_with("421 4.7.0 mx.test too many errors on this connection\r\n"));
}

TEST_CASE("accepted messages make the error counter start again") {
  session_fixture f;
  f.start();
  for (std::size_t i = 0; i < 3 * session_limits::max_errors; ++i) {
    f.say("DATA\r\n");
    if (i % 50 == 0) f.say("MAIL FROM:<s@a.test>\r\nRCPT TO:<r@b.test>\r\nDATA\r\n.\r\n");
  }
  CHECK_FALSE(f.is_closed());
}

TEST_CASE("a silent peer is timed out") {
  session_fixture f;
  f.options.client_timeout = 20ms;
  f.start();
  CHECK(f.until_closed() == "421 4.3.2 mx.test idle too long\r\n");
  CHECK(f.is_closed());
  CHECK(f.script.events.back() == "close");
}

TEST_CASE("a peer that drips a command is timed out") {
  session_fixture f;
  f.options.client_timeout = 40ms;
  f.start();
  std::string said;
  for (int i = 0; i < 1000 && said.empty(); ++i) {
    said += f.say("N");
    said += f.wait(10ms);
  }
  CHECK(said == "421 4.3.2 mx.test idle too long\r\n");
}

TEST_CASE("a peer that is silent in DATA is timed out") {
  session_fixture f;
  f.options.client_timeout = 20ms;
  f.start();
  f.envelope();
  CHECK(f.say("Subject: x\r\n") == "");
  CHECK(f.until_closed() == "421 4.3.2 mx.test idle too long\r\n");
  CHECK(f.is_closed());
  CHECK(f.script.messages.empty());
}

TEST_CASE("a peer that does not read its replies is timed out") {
  session_fixture f;
  f.options.client_timeout = 20ms;
  f.start();
  f.pair.faults_a->stall_writes = true;
  f.say("NOOP\r\n");
  f.until_closed();
  CHECK(f.script.events.back() == "close");
}

TEST_CASE("a peer that vanishes frees the session") {
  session_fixture f;
  f.start();
  f.envelope();
  f.say("half a line");
  f.client().close();
  f.received();
  CHECK(f.script.events.back() == "close");
  CHECK(f.script.messages.empty());
}

TEST_CASE("rejections and receptions count") {
  session_fixture f;
  const auto rejected = count("smtp_server_rejections");
  const auto total = count("smtp_server_rejections", "total");
  const auto received = count("total_messages_received");
  f.start();
  f.say("FROB\r\n");
  f.envelope();
  f.say(".\r\n");
  CHECK(count("smtp_server_rejections") == rejected + 1);
  CHECK(count("smtp_server_rejections", "total") == total + 1);
  CHECK(count("total_messages_received") == received + 1);
}
