#include "smtp/server_session.hpp"

#include <doctest/doctest.h>

#include "unit/smtp/scripted_session.hpp"

using namespace godwit;
using namespace godwit::smtp;
using namespace std::chrono_literals;

TEST_CASE("a message from greeting to farewell") {
  session_fixture f;
  CHECK(f.start() == "220 mx.test KumoMTA\r\n");
  CHECK(f.say("EHLO client.test\r\n") ==
        "250-mx.test Aloha client.test\r\n250-PIPELINING\r\n250-ENHANCEDSTATUSCODES\r\n250-8BITMIME\r\n"
        "250-SMTPUTF8\r\n250-SIZE 20971520\r\n250-CHUNKING\r\n250 STARTTLS\r\n");
  CHECK(f.say("MAIL FROM:<s@a.test> SIZE=100 BODY=8BITMIME\r\n") ==
        "250 OK EnvelopeAddress(\"s@a.test\")\r\n");
  CHECK(f.say("RCPT TO:<r@b.test>\r\n") == "250 OK EnvelopeAddress(\"r@b.test\")\r\n");
  CHECK(f.say("rcpt to: second@b.test\r\n") == "250 OK EnvelopeAddress(\"second@b.test\")\r\n");
  CHECK(f.say("DATA\r\n") == "354 Send body; end with CRLF.CRLF\r\n");
  CHECK(f.say("Subject: x\r\n\r\n..dot\r\n.\r\n") == "250 OK ids=1\r\n");
  CHECK(f.say("QUIT\r\n") == "221 So long, and thanks for all the fish!\r\n");
  CHECK(f.is_closed());
  REQUIRE(f.script.messages.size() == 1);
  const auto& m = f.script.messages[0];
  CHECK(m.sender.email() == "s@a.test");
  CHECK(m.recipients.size() == 2);
  CHECK(m.body->bytes == "Subject: x\r\n\r\n.dot\r\n");
  CHECK(m.body->needs_stuffing);
  CHECK_FALSE(m.is_bdat);
  CHECK(f.script.rejections.empty());
  CHECK(f.script.events == std::vector<std::string>{"connect", "ehlo client.test", "mail s@a.test",
                                                    "rcpt r@b.test", "rcpt second@b.test", "message",
                                                    "close"});
}

TEST_CASE("connection metadata has the documented names") {
  session_fixture f;
  f.options.meta.set("x_pool", "a");
  f.start();
  f.say("EHLO client.test\r\nQUIT\r\n");
  const auto& meta = f.script.meta;
  const auto text = [&](const char* key) {
    return meta.find(key) ? *meta.find(key)->as_string() : std::string();
  };
  CHECK(text("reception_protocol") == "ESMTP");
  CHECK(text("received_from") == "198.51.100.7:4321");
  CHECK(text("received_via") == "192.0.2.25:25");
  CHECK(text("hostname") == "mx.test");
  CHECK(text("ehlo_domain") == "client.test");
  CHECK(text("x_pool") == "a");
  CHECK(meta.find("orig_received_from") == nullptr);
}

TEST_CASE("a pipelined group is answered by one write") {
  session_fixture f;
  f.start();
  f.say("EHLO client.test\r\n");
  const auto before = f.pair.faults_a->writes;
  const auto said = f.say("MAIL FROM:<s@a.test>\r\nRCPT TO:<r@b.test>\r\nRCPT TO:<bad@b.test>\r\nDATA\r\n");
  CHECK(said ==
        "250 OK EnvelopeAddress(\"s@a.test\")\r\n250 OK EnvelopeAddress(\"r@b.test\")\r\n"
        "550 5.7.1 relaying not permitted\r\n354 Send body; end with CRLF.CRLF\r\n");
  CHECK(f.pair.faults_a->writes == before + 1);
  CHECK(f.say("x\r\n.\r\nMAIL FROM:<>\r\nQUIT\r\n") ==
        "250 OK ids=1\r\n250 OK EnvelopeAddress(\"\")\r\n221 So long, and thanks for all the fish!\r\n");
  CHECK(f.pair.faults_a->writes == before + 2);
}

TEST_CASE("input that arrives byte by byte changes nothing") {
  session_fixture f;
  f.pair.faults_a->max_read = 1;
  f.start();
  const auto said = f.say("EHLO c\r\nMAIL FROM:<s@a.test>\r\nRCPT TO:<r@b.test>\r\nDATA\r\n");
  CHECK(said.ends_with("354 Send body; end with CRLF.CRLF\r\n"));
  CHECK(f.say("a\r\n.b\r\n..\r\n.\r\n") == "250 OK ids=1\r\n");
  CHECK(f.script.messages.at(0).body->bytes == "a\r\nb\r\n.\r\n");
}

TEST_CASE("commands out of order") {
  session_fixture f;
  f.start();
  CHECK(f.say("HELO client.test\r\n") == "250 Hello client.test!\r\n");
  CHECK(f.say("RCPT TO:<r@b.test>\r\n") == "503 5.5.0 MAIL FROM must be issued first\r\n");
  CHECK(f.say("DATA\r\n") == "503 5.5.0 MAIL FROM must be issued first\r\n");
  f.say("MAIL FROM:<s@a.test>\r\n");
  CHECK(f.say("MAIL FROM:<s@a.test>\r\n") == "503 5.5.0 MAIL FROM already issued; you must RSET first\r\n");
  CHECK(f.say("DATA\r\n") == "503 5.5.0 RCPT TO must be issued first\r\n");
  CHECK(f.say("RSET\r\n") == "250 Reset state\r\n");
  CHECK(f.say("RCPT TO:<r@b.test>\r\n") == "503 5.5.0 MAIL FROM must be issued first\r\n");
  f.say("MAIL FROM:<s@a.test>\r\n");
  f.say("EHLO again.test\r\n");
  CHECK(f.say("RCPT TO:<r@b.test>\r\n") == "503 5.5.0 MAIL FROM must be issued first\r\n");
}

TEST_CASE("what is not understood") {
  session_fixture f;
  f.start();
  CHECK(f.say("NOOP\r\n") == "250 the goggles do nothing\r\n");
  for (const auto* c : {"VRFY x", "EXPN x", "HELP", "LHLO x", "FROB", ""}) {
    CAPTURE(c);
    CHECK(f.say(std::string(c) + "\r\n") == "502 5.5.1 Command unimplemented\r\n");
  }
  CHECK(f.say("DATA now\r\n") == "501 Syntax error in command or arguments: DATA takes no argument\r\n");
  CHECK(f.say("EHLO\r\n") == "501 Syntax error in command or arguments: a domain is missing\r\n");
  CHECK(f.say("MAIL <s@a.test>\r\n") ==
        "501 Syntax error in command or arguments: the keyword is missing\r\n");
  CHECK(f.say("MAIL FROM:<s@a.test\r\n") ==
        "501 Syntax error in command or arguments: the path does not end with >\r\n");
  CHECK(f.say("MAIL FROM:<s@@a.test>\r\n").starts_with("501 5.1.7 Invalid sender address syntax: "));
  CHECK(f.say("MAIL FROM:<s@a.test> FOO=1\r\n") == "555 5.5.4 parameter FOO=1 is not supported\r\n");
  CHECK(f.say("MAIL FROM:<s@a.test> BODY=BINARYMIME\r\n") ==
        "501 Syntax error in command or arguments: parameter BODY=BINARYMIME\r\n");
  CHECK(f.say("NOOP \xff\r\n") == "501 5.5.2 Invalid UTF-8 in command\r\n");
  CHECK(f.say("MAIL FROM:<s@a.test>\nRCPT TO:<r@b.test>\r\n") ==
        "501 Syntax error in command or arguments: control characters are not permitted\r\n");
  f.say("MAIL FROM:<s@a.test>\r\n");
  CHECK(f.say("RCPT TO:<>\r\n") == "501 5.1.3 Invalid recipient address syntax\r\n");
  CHECK(f.say("RCPT TO:<a b@c.test>\r\n") == "501 5.1.3 Invalid recipient address syntax\r\n");
  CHECK(f.say("RCPT TO:<r@b.test> NOTIFY=NEVER\r\n") ==
        "555 5.5.4 parameter NOTIFY=NEVER is not supported\r\n");
  CHECK(f.say("RCPT TO:<@relay.test,@b.test:r@b.test>\r\n") == "250 OK EnvelopeAddress(\"r@b.test\")\r\n");
  CHECK_FALSE(f.is_closed());
}

TEST_CASE("negative replies reach the policy with command, sender and recipient") {
  session_fixture f;
  f.start();
  f.say("EHLO c\r\nMAIL FROM:<s@a.test>\r\nRCPT TO:<bad@b.test>\r\n");
  REQUIRE(f.script.rejections.size() == 1);
  CHECK(f.script.rejections[0] ==
        "550 5.7.1 relaying not permitted|RCPT TO:<bad@b.test>|s@a.test|bad@b.test");
}

TEST_CASE("the policy decides, rewrites and ends") {
  session_fixture f;
  SUBCASE("refusal at connect closes") {
    f.script.connect =
        answer{mail::response::parse(421, "4.3.2 mx.test load shedding. Try later"), false, {}};
    CHECK(f.start() == "421 4.3.2 mx.test load shedding. Try later\r\n");
    CHECK(f.is_closed());
  }
  SUBCASE("refusal of EHLO") {
    f.script.ehlo = answer{mail::response::parse(550, "5.7.1 no"), false, {}};
    f.start();
    CHECK(f.say("EHLO c\r\n") == "550 5.7.1 no\r\n");
  }
  SUBCASE("further extensions") {
    f.script.more_extensions = {"XFOO"};
    f.start();
    CHECK(f.say("EHLO c\r\n").ends_with("250 XFOO\r\n"));
  }
  SUBCASE("refused sender leaves no transaction") {
    f.script.mail = answer{mail::response::parse(550, "no such\r\nsender"), false, {}};
    f.start();
    CHECK(f.say("MAIL FROM:<s@a.test>\r\n") == "550-no such\r\n550 sender\r\n");
    CHECK(f.say("RCPT TO:<r@b.test>\r\n") == "503 5.5.0 MAIL FROM must be issued first\r\n");
  }
  SUBCASE("a positive answer of the policy is used and the command proceeds") {
    f.script.rcpt = answer{mail::response::parse(250, "2.1.5 fine"), false, {}};
    f.start();
    f.say("MAIL FROM:<s@a.test>\r\n");
    CHECK(f.say("RCPT TO:<r@b.test>\r\n") == "250 2.1.5 fine\r\n");
    CHECK(f.say("DATA\r\n").starts_with("354"));
  }
  SUBCASE("rewritten addresses are used") {
    f.script.rewrite = [](mail::address& a) { a = *mail::address::parse("new-" + a.email()); };
    f.start();
    CHECK(f.say("MAIL FROM:<s@a.test>\r\n") == "250 OK EnvelopeAddress(\"new-s@a.test\")\r\n");
    CHECK(f.say("RCPT TO:<r@b.test>\r\n") == "250 OK EnvelopeAddress(\"new-r@b.test\")\r\n");
  }
  SUBCASE("disconnect with a farewell") {
    f.script.mail =
        answer{mail::response::parse(550, "5.7.1 no"), true, mail::response::parse(421, "4.3.0 bye")};
    f.start();
    CHECK(f.say("MAIL FROM:<s@a.test>\r\n") == "550 5.7.1 no\r\n421 4.3.0 bye\r\n");
    CHECK(f.is_closed());
  }
  SUBCASE("positive replies are offered when asked for") {
    f.script.rewrites = true;
    CHECK(f.start() == "220 mx.test KumoMTA (rewritten)\r\n");
    CHECK(f.say("NOOP\r\n") == "250 the goggles do nothing (rewritten)\r\n");
  }
}

TEST_CASE("what the policy makes of a reply holds for the session as well") {
  session_fixture f;
  SUBCASE("421 closes") {
    f.script.replies[250] = 421;
    f.start();
    CHECK(f.say("NOOP\r\nNOOP\r\n") == "421 4.0.0 by policy\r\n");
    CHECK(f.is_closed());
    CHECK(f.script.rejections.size() == 1);
  }
  SUBCASE("a refused sender is none") {
    f.script.replies[250] = 450;
    f.start();
    CHECK(f.say("MAIL FROM:<s@a.test>\r\n") == "450 4.0.0 by policy\r\n");
    CHECK(f.say("RCPT TO:<r@b.test>\r\n") == "503 5.5.0 MAIL FROM must be issued first\r\n");
    CHECK(f.script.rejections.at(0) == "450 4.0.0 by policy|MAIL FROM:<s@a.test>|s@a.test|");
  }
  SUBCASE("a refused go-ahead expects no content") {
    f.script.replies[354] = 450;
    f.start();
    f.say("MAIL FROM:<s@a.test>\r\nRCPT TO:<r@b.test>\r\n");
    CHECK(f.say("DATA\r\n") == "450 4.0.0 by policy\r\n");
    CHECK(f.say("NOOP\r\n") == "250 the goggles do nothing\r\n");
  }
  SUBCASE("a refused STARTTLS does not begin") {
    f.script.replies[220] = 454;
    f.start();
    CHECK(f.say("STARTTLS\r\n") == "454 4.0.0 by policy\r\n");
    CHECK(f.say("NOOP\r\n") == "250 the goggles do nothing\r\n");
  }
  SUBCASE("a refused AUTH gives no identity") {
    f.options.allow_auth_without_tls = true;
    f.script.replies[235] = 454;
    f.start();
    CHECK(f.say("AUTH PLAIN AHUAcA==\r\n") == "454 4.0.0 by policy\r\n");
    f.say("QUIT\r\n");
    CHECK_FALSE(f.script.meta.find("authn_id"));
  }
}

TEST_CASE("a policy that throws ends the session with technical difficulties") {
  session_fixture f;
  f.script.on_event = [](const char* event) {
    if (std::string_view(event).starts_with("mail"))
      throw std::runtime_error("policy.lua:7: attempt to index nil");
  };
  f.start();
  CHECK(f.say("NOOP\r\nMAIL FROM:<s@a.test>\r\nNOOP\r\n") ==
        "250 the goggles do nothing\r\n421 4.3.0 mx.test technical difficulties\r\n");
  CHECK(f.is_closed());
  CHECK(f.script.rejections.size() == 1);
}

TEST_CASE("a policy that throws even while it is told still ends in a 421") {
  session_fixture f;
  f.script.on_event = [](const char*) { throw std::runtime_error("broken"); };
  CHECK(f.start() == "421 4.3.0 mx.test technical difficulties\r\n");
  CHECK(f.is_closed());
}

TEST_CASE("a text from a policy cannot make a reply of its own") {
  session_fixture f;
  f.script.mail = answer{mail::response::parse(550, "no\n250 ok\rx"), false, {}};
  f.start();
  CHECK(f.say("MAIL FROM:<s@a.test>\r\n") == "550 no 250 ok x\r\n");
}

TEST_CASE("dynamic options go over the listener's") {
  session_fixture f;
  object overrides;
  overrides.set("banner", "custom");
  f.script.dynamic = overrides;
  CHECK(f.start() == "220 mx.test custom\r\n");
  CHECK(f.script.options->banner == "custom");
}

TEST_CASE("shutdown wakes an idle session") {
  session_fixture f;
  f.start();
  f.say("EHLO c\r\n");
  f.context.shutting_down = true;
  f.session->shut_down();
  CHECK(f.received() == "421 4.3.2 mx.test shutting down\r\n");
  CHECK(f.is_closed());
}

TEST_CASE("shutdown lets a message that arrives finish") {
  session_fixture f;
  f.start();
  f.envelope();
  f.context.shutting_down = true;
  f.session->shut_down();
  CHECK(f.received() == "");
  CHECK(f.say("x\r\n.\r\n") == "250 OK ids=1\r\n421 4.3.2 mx.test shutting down\r\n");
  CHECK(f.is_closed());
}

TEST_CASE("a session started during shutdown is refused") {
  session_fixture f;
  f.context.shutting_down = true;
  CHECK(f.start() == "421 4.3.2 mx.test shutting down\r\n");
  CHECK(f.is_closed());
}
