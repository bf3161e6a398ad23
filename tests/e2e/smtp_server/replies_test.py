"""The documented replies, word for word."""
import re

import pytest

from harness.policy import policy, route


@pytest.fixture
def daemon(start, peer):
    return start(policy(events=route(peer.mx)))


def test_greeting_and_hello(daemon):
    with daemon.smtp() as client:
        assert str(client.reply()) == "220 mx.test KumoMTA"
        assert str(client.command("HELO client.test")) == "250 Hello client.test!"
        lines = client.expect("250", "EHLO client.test").lines
        assert lines[0] == "mx.test Aloha client.test"
        assert {"PIPELINING", "ENHANCEDSTATUSCODES", "8BITMIME", "SMTPUTF8", "STARTTLS", "CHUNKING"} <= set(lines)
        assert not [line for line in lines if line.startswith(("AUTH", "XCLIENT"))]
        assert str(client.command("QUIT")) == "221 So long, and thanks for all the fish!"
        assert client.is_closed()


def test_banner_and_host_name_are_settings(start, peer):
    daemon = start(policy("banner = 'hello there'", events=route(peer.mx)))
    with daemon.smtp() as client:
        assert str(client.reply()) == "220 mx.test hello there"


@pytest.mark.parametrize("command, reply", [
    ("NOOP", "250 the goggles do nothing"), ("RSET", "250 Reset state"), ("VRFY x", "502 5.5.1 Command unimplemented"),
    ("EXPN x", "502 5.5.1 Command unimplemented"), ("HELP", "502 5.5.1 Command unimplemented"),
    ("LHLO x", "502 5.5.1 Command unimplemented"), ("FROB", "502 5.5.1 Command unimplemented"),
    ("RCPT TO:<a@b.test>", "503 5.5.0 MAIL FROM must be issued first"), ("DATA", "503 5.5.0 MAIL FROM must be issued first"),
    ("noop", "250 the goggles do nothing"),
])
def test_commands_outside_a_transaction(daemon, command, reply):
    with daemon.session() as client:
        assert str(client.command(command)) == reply


def test_order_of_a_transaction(daemon):
    with daemon.session() as client:
        client.expect("250 OK", "MAIL FROM:<a@example.test>")
        assert str(client.command("MAIL FROM:<b@example.test>")) == "503 5.5.0 MAIL FROM already issued; you must RSET first"
        assert str(client.command("DATA")) == "503 5.5.0 RCPT TO must be issued first"
        client.expect("250 OK", "RCPT TO:<c@example.test>")
        assert str(client.command("DATA")) == "354 Send body; end with CRLF.CRLF"
        client.send("Subject: x\r\n\r\nbody\r\n.\r\n")
        assert re.fullmatch(r"250 OK ids=[0-9a-f]{32}", str(client.reply()))


@pytest.mark.parametrize("command, pattern", [
    ("MAIL FROM:<no-at-sign", "501 .*"), ("MAIL FROM:<a@b@c>", "501 .*"), ("MAIL", "501 Syntax error in command or arguments: .*"),
    ("EHLO", "501 Syntax error in command or arguments: .*"),
])
def test_bad_arguments(daemon, command, pattern):
    with daemon.session() as client:
        assert re.fullmatch(pattern, str(client.command(command)))
        client.expect("250", "NOOP")


def test_bad_recipient(daemon):
    with daemon.session() as client:
        client.expect("250", "MAIL FROM:<a@example.test>")
        assert str(client.command("RCPT TO:<>")).startswith("501 5.1.3 Invalid recipient address syntax")


def test_invalid_utf8_does_not_end_the_session(daemon):
    with daemon.session() as client:
        client.send(b"MAIL FROM:<\xff\xfe@example.test>\r\n")
        assert str(client.reply()) == "501 5.5.2 Invalid UTF-8 in command"
        client.expect("250", "NOOP")


def test_internationalised_addresses(daemon, peer):
    with daemon.session() as client:
        client.expect("250", "MAIL FROM:<pélé@example.test> SMTPUTF8")
        client.expect("250", "RCPT TO:<δοκιμή@example.test>")
        assert client.data("Subject: x\n\nbody\n").code == 250
    assert peer.wait_messages().recipients == ["δοκιμή@example.test"]


def test_pipelined_commands_are_answered_in_order(daemon, peer):
    with daemon.session() as client:
        client.send("MAIL FROM:<a@example.test>\r\nRCPT TO:<b@example.test>\r\nRCPT TO:<c@example.test>\r\nDATA\r\n")
        assert [client.reply().code for _ in range(4)] == [250, 250, 250, 354]
        client.send("Subject: x\r\n\r\nbody\r\n.\r\nRSET\r\nQUIT\r\n")
        reply = client.reply()
        assert len(re.findall(r"[0-9a-f]{32}", reply.text)) == 2
        assert [client.reply().code for _ in range(2)] == [250, 221]
    assert {tuple(m.recipients) for m in peer.wait_messages(2)} == {("b@example.test",), ("c@example.test",)}


def test_chunking(daemon, peer):
    with daemon.session() as client:
        client.envelope("a@example.test", "b@example.test")
        client.send(b"BDAT 14\r\nSubject: x\r\n\r\nBDAT 9 LAST\r\n.\r\nbody\r\n")
        assert [client.reply().code for _ in range(2)] == [250, 250]
    assert peer.wait_messages().body == b".\r\nbody\r\n"


def test_rset_forgets_the_transaction(daemon):
    with daemon.session() as client:
        client.envelope("a@example.test", "b@example.test")
        client.expect("250", "RSET")
        client.expect("503 5.5.0 MAIL FROM must be issued first", "DATA")
        client.deliver("a@example.test", "b@example.test")


def test_rejections_are_logged_and_counted_once_each(daemon):
    with daemon.session() as client:
        client.command("FROB")
        client.command("DATA")
    records = daemon.log.wait(type="Rejection", count=2)
    assert [r["response"]["command"] for r in records] == ["FROB", "DATA"]
    assert len({r["session_id"] for r in records}) == 1
    assert all(r["id"] == "" and r["peer_address"]["addr"] == "127.0.0.1" for r in records)
