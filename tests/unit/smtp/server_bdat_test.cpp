#include <doctest/doctest.h>

#include "unit/smtp/scripted_session.hpp"

using namespace godwit;
using namespace godwit::smtp;

namespace {
struct bdat_fixture : session_fixture {
  void begin() {
    start();
    say("EHLO c\r\nMAIL FROM:<s@a.test>\r\nRCPT TO:<r@b.test>\r\n");
  }
};
}  // namespace

TEST_CASE("BDAT in chunks and in one") {
  bdat_fixture f;
  f.begin();
  CHECK(f.say("BDAT 4\r\nab\r\n") == "250 OK 4 octets received\r\n");
  CHECK(f.say("BDAT 3 LAST\r\n.\r\n") == "250 OK ids=1\r\n");
  CHECK(f.script.messages.at(0).body->bytes == "ab\r\n.\r\n");
  CHECK(f.script.messages.at(0).is_bdat);
  CHECK(f.say("MAIL FROM:<s@a.test>\r\nRCPT TO:<r@b.test>\r\nBDAT 4 LAST\r\nxy\r\nNOOP\r\n")
            .ends_with("250 OK ids=1\r\n250 the goggles do nothing\r\n"));
  CHECK(f.say("MAIL FROM:<s@a.test>\r\nRCPT TO:<r@b.test>\r\nBDAT 4\r\nxy\r\nBDAT 0 LAST\r\n")
            .ends_with("250 OK ids=1\r\n"));
  CHECK(f.script.messages.size() == 3);
}

TEST_CASE("a chunk is never taken for commands, whatever the state") {
  bdat_fixture f;
  f.start();
  CHECK(f.say("BDAT 6\r\nQUIT\r\n") == "503 5.5.0 MAIL FROM must be issued first\r\n");
  f.say("MAIL FROM:<s@a.test>\r\n");
  CHECK(f.say("BDAT 6 LAST\r\nQUIT\r\n") == "503 5.5.0 RCPT TO must be issued first\r\n");
  CHECK_FALSE(f.is_closed());
}

TEST_CASE("after a bad chunk the rest of the message is refused") {
  bdat_fixture f;
  f.begin();
  CHECK(f.say("BDAT 3\r\na\nb") == "552 5.6.0 message data must use CRLF for line endings\r\n");
  CHECK(f.say("BDAT 2 LAST\r\n\r\n") == "503 5.5.1 a chunk of this message failed; you must RSET first\r\n");
  CHECK(f.script.messages.empty());
  f.say("RSET\r\nMAIL FROM:<s@a.test>\r\nRCPT TO:<r@b.test>\r\n");
  CHECK(f.say("BDAT 3 LAST\r\na\r\n") == "250 OK ids=1\r\n");
}

TEST_CASE("too big, by one chunk or by all") {
  bdat_fixture f;
  f.options.max_message_size = 10;
  f.begin();
  CHECK(f.say("BDAT 12 LAST\r\n0123456789\r\n") == "552 5.3.4 message too big\r\n");
  f.say("RSET\r\nMAIL FROM:<s@a.test>\r\nRCPT TO:<r@b.test>\r\n");
  CHECK(f.say("BDAT 8\r\n012345\r\n").starts_with("250"));
  CHECK(f.say("BDAT 8 LAST\r\n012345\r\n") == "552 5.3.4 message too big\r\n");
  CHECK(f.script.messages.empty());
}

TEST_CASE("a chunk that nobody will read ends the session") {
  bdat_fixture f;
  f.options.max_message_size = 10;
  f.begin();
  CHECK(f.say("BDAT 9999999999\r\n") == "552 5.3.4 message too big\r\n");
  f.client().close();
  f.received();
  CHECK(f.script.events.back() == "close");
}

TEST_CASE("DATA and BDAT do not mix; bad arguments end the session") {
  bdat_fixture f;
  f.begin();
  f.say("BDAT 2\r\n\r\n");
  CHECK(f.say("DATA\r\n") == "503 5.5.1 DATA not permitted after BDAT\r\n");
  CHECK(f.say("BDAT x LAST\r\n") ==
        "501 Syntax error in command or arguments: BDAT needs a size and perhaps LAST\r\n");
  f.client().close();
  f.received();
  CHECK(f.script.events.back() == "close");
}
