"""Each limit that a peer can hit answers the documented code; a slow or silent peer is timed out."""
import re
import socket

import pytest

from harness.policy import policy, route
from harness.waiting import wait_until


def daemon_with(start, peer, listener, **kwargs):
    return start(policy(listener, events=route(peer.mx), **kwargs))


def test_message_size(start, peer):
    daemon = daemon_with(start, peer, "max_message_size = 5000")
    with daemon.session() as client:
        client.envelope("a@example.test", "b@example.test")
        reply = client.data("Subject: x\n\n" + "x" * 70 + "\n" + ("y" * 70 + "\n") * 100)
        assert (reply.code, reply.text) == (552, "5.3.4 message too big")
        client.deliver("a@example.test", "b@example.test")


def test_announced_size(start, peer):
    daemon = daemon_with(start, peer, "max_message_size = 5000")
    with daemon.session() as client:
        client.expect("552", "MAIL FROM:<a@example.test> SIZE=5001")
        client.expect("250", "MAIL FROM:<a@example.test> SIZE=5000")


def test_chunked_size(start, peer):
    daemon = daemon_with(start, peer, "max_message_size = 5000")
    with daemon.session() as client:
        client.envelope("a@example.test", "b@example.test")
        client.send(b"BDAT 6000 LAST\r\n" + b"Subject: x\r\n\r\n" + (b"y" * 68 + b"\r\n") * 86)
        client.send(b"0" * (6000 - 14 - 86 * 70))
        client.expect("552 5.3.4 message too big")


def test_line_length_in_data(start, peer):
    daemon = daemon_with(start, peer, "")
    with daemon.session() as client:
        client.envelope("a@example.test", "b@example.test")
        assert client.data("Subject: x\n\n" + "x" * 998 + "\n").code == 250
        client.envelope("a@example.test", "b@example.test")
        reply = client.data("Subject: x\n\n" + "x" * 999 + "\n")
        assert (reply.code, reply.text) == (500, "5.2.3 line too long")
        client.expect("250", "NOOP")


def test_line_length_of_commands(start, peer):
    daemon = daemon_with(start, peer, "")
    with daemon.session() as client:
        client.send(b"NOOP " + b"x" * 5000 + b"\r\n")
        client.expect("500 5.2.3 line too long")
        client.expect("250", "NOOP")


def test_recipients_per_message(start, peer):
    daemon = daemon_with(start, peer, "max_recipients_per_message = 2")
    with daemon.session() as client:
        client.envelope("a@example.test", "b@example.test", "c@example.test")
        reply = client.command("RCPT TO:<d@example.test>")
        assert (reply.code, reply.text) == (452, "4.5.3 too many recipients")
        assert client.data("Subject: x\n\nbody\n").code == 250
    assert len(peer.wait_messages(2)) == 2


def test_messages_per_connection(start, peer):
    daemon = daemon_with(start, peer, "max_messages_per_connection = 2")
    with daemon.session() as client:
        for _ in range(2):
            client.deliver("a@example.test", "b@example.test")
        reply = client.command("MAIL FROM:<a@example.test>")
        assert 400 <= reply.code < 500


def test_connections(start, peer):
    daemon = daemon_with(start, peer, "max_connections = 2")
    first, second = daemon.session(), daemon.session()
    with daemon.smtp() as third:
        assert str(third.reply()) == "421 4.3.2 mx.test too many concurrent sessions. Try later"
        assert third.is_closed()
    daemon.log.wait(type="Rejection", id="", sender="", response={"code": 421, "content": re.compile("too many concurrent")},
                    peer_address={"name": "", "addr": "127.0.0.1"})
    first.close()
    second.expect("250", "NOOP")

    def admitted():
        with daemon.smtp() as again:
            return again.reply().code == 220
    wait_until(admitted, "a place becomes free")
    second.close()


@pytest.mark.parametrize("begin", [b"", b"EHLO x", b"EHLO x\r\nMAIL FROM:<a@example.test>\r\n"])
def test_a_silent_client_is_timed_out(start, peer, begin):
    daemon = daemon_with(start, peer, "client_timeout = '1s'")
    with daemon.smtp(timeout=10) as client:
        client.expect("220")
        client.send(begin)
        while (reply := client.reply()).code == 250:
            pass
        assert str(reply) == "421 4.3.2 mx.test idle too long"
        assert client.is_closed()


def test_silence_inside_data_is_timed_out(start, peer):
    daemon = daemon_with(start, peer, "client_timeout = '1s'")
    with daemon.session(timeout=10) as client:
        client.envelope("a@example.test", "b@example.test")
        client.expect("354", "DATA")
        client.send("Subject: x\r\n\r\nhalf a li")
        client.expect("421")
        assert client.is_closed()
    assert not peer.messages


def test_a_client_that_vanishes_inside_data_leaves_nothing(start, peer):
    daemon = daemon_with(start, peer, "")
    with daemon.session() as client:
        client.envelope("a@example.test", "b@example.test")
        client.expect("354", "DATA")
        client.send("Subject: x\r\n\r\nbody\r\n")
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    assert daemon.log.has_none(0.5, type="Reception")
    assert not peer.messages


def test_endless_junk_ends_the_session(start, peer):
    daemon = daemon_with(start, peer, "")
    with daemon.smtp() as client:
        client.expect("220")
        for _ in range(1000):
            client.send("JUNK\r\n")
            if client.reply().code == 421:
                break
        else:
            pytest.fail("1000 unknown commands were answered")
        assert client.is_closed()
