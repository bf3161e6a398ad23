"""A bare CR or LF never ends DATA. The end-of-data variants are those that were published in 2023 and since."""
import pytest

from harness.policy import policy, route

SECOND = b"MAIL FROM:<evil@example.test>\r\nRCPT TO:<victim@example.test>\r\nDATA\r\nSubject: smuggled\r\n\r\nevil\r\n.\r\n"
ENDS = [b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r\n.\r", b"\r.\r\n", b"\n.\r", b"\r.\n", b"\r\r\n.\r\r\n", b"\r\n\0.\r\n",
        b"\r\n.\0\r\n", b"\r\n.\r\r\n", b"\r\n\r.\r\n", b"\n\n.\r\n", b"\r\n.\n\r\n"]


def smuggle(daemon, end):
    """The replies to a message that holds `end` and a second transaction, before the true end."""
    with daemon.session() as client:
        client.envelope("a@example.test", "b@example.test")
        client.expect("354", "DATA")
        client.send(b"Subject: outer\r\n\r\nbefore" + end + SECOND)
        reply = client.reply()
        client.expect("250|221", "NOOP")  # nothing else was answered: one message, one reply
        return reply


@pytest.mark.parametrize("end", ENDS, ids=repr)
def test_no_variant_ends_data(start, peer, end):
    daemon = start(policy(events=route(peer.mx)))
    reply = smuggle(daemon, end)
    assert (reply.code, reply.text) == (552, "5.6.0 message data must use CRLF for line endings")
    assert not peer.messages


@pytest.mark.parametrize("end", [b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r"], ids=repr)
@pytest.mark.parametrize("mode", ["Allow", "Fix"])
def test_lenient_listeners_do_not_split_messages_either(start, peer, mode, end):
    daemon = start(policy(f"invalid_line_endings = '{mode}'", events=route(peer.mx)))
    assert smuggle(daemon, end).code == 250
    message = peer.wait_messages()
    assert message.sender == "a@example.test"
    assert b"evil" in message.data
    assert not [m for m in peer.messages if m.sender == "evil@example.test"]


def test_fix_makes_every_line_end_crlf(start, peer):
    daemon = start(policy("invalid_line_endings = 'Fix'", events=route(peer.mx)))
    with daemon.session() as client:
        client.envelope("a@example.test", "b@example.test")
        client.expect("354", "DATA")
        client.send(b"Subject: x\n\none\ntwo\rthree\r\n.\r\n")
        client.expect("250")
    body = peer.wait_messages().data
    assert b"\n" not in body.replace(b"\r\n", b"") and b"\r" not in body.replace(b"\r\n", b"")
    assert b"one\r\ntwo" in body


def test_chunking_refuses_bare_line_ends_too(start, peer):
    daemon = start(policy(events=route(peer.mx)))
    with daemon.session() as client:
        client.envelope("a@example.test", "b@example.test")
        body = b"Subject: x\r\n\r\nbare\nfeed\r\n"
        client.send(b"BDAT %d LAST\r\n" % len(body) + body)
        client.expect("552 5.6.0 message data must use CRLF for line endings")


def test_commands_after_starttls_in_clear_text_are_not_executed(start, peer):
    daemon = start(policy(events=route(peer.mx)))
    with daemon.session() as client:
        client.send(b"STARTTLS\r\nMAIL FROM:<evil@example.test>\r\n")
        client.expect("554 5.5.1 this command must be the last of a pipelined group")
        assert client.is_closed()


INNER = b"Subject: outer\r\n\r\nbefore"


def only_message(peer, daemon):
    """The one message that came through, after the daemon has nothing left to send."""
    daemon.log.wait(type="Delivery")
    assert daemon.log.has_none(1, type="Delivery", sender="evil@example.test")
    [message] = peer.messages
    assert (message.sender, message.recipients) == ("a@example.test", ["b@example.test"])
    assert not [c for s in peer.sessions for c in s.commands if "evil" in c or "victim" in c]
    return message


def test_a_chunk_with_an_end_of_data_stays_one_message_at_a_peer_without_chunking(start, peer):
    daemon = start(policy(events=route(peer.mx)))
    body = INNER + b"\r\n.\r\n" + SECOND
    with daemon.session() as client:
        client.envelope("a@example.test", "b@example.test")
        client.send(b"BDAT %d LAST\r\n" % len(body) + body)
        client.expect("250")
    message = only_message(peer, daemon)
    assert "BDAT" not in message.session.verbs()
    assert message.body == body.partition(b"\r\n\r\n")[2]


@pytest.mark.parametrize("extensions", [("PIPELINING", "8BITMIME"), ("8BITMIME",), ("PIPELINING", "8BITMIME", "CHUNKING")], ids=str)
@pytest.mark.parametrize("end", ENDS[:5], ids=repr)
def test_content_with_bare_line_ends_stays_one_message(start, make_peer, end, extensions):
    peer = make_peer(extensions=extensions)
    daemon = start(policy("invalid_line_endings = 'Allow'", events=route(peer.mx)))
    assert smuggle(daemon, end).code == 250
    assert b"evil" in only_message(peer, daemon).data
