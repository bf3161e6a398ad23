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
        assert str(client.command("MAIL FROM:<a@example.test>")) == "421 4.5.3 mx.test too many messages on this connection"
        assert client.is_closed()


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


@pytest.mark.parametrize("line", ["RCPT TO:<b@example.test>", "DATA", "BDAT 0 LAST", "MAIL FROM:<>>>"])
def test_endless_errors_end_the_session(start, peer, line):
    daemon = daemon_with(start, peer, "")
    with daemon.session() as client:
        replies = [client.command(line) for _ in range(100)]
        assert all(500 <= r.code < 600 for r in replies)
        client.send(line + "\r\n")
        client.reply()
        assert str(client.reply()) == "421 4.7.0 mx.test too many errors on this connection"
        assert client.is_closed()


def test_addresses_cannot_be_tried_out_for_ever(start, peer):
    daemon = daemon_with(start, peer, "relay_hosts = {}")
    with daemon.session() as client:
        client.expect("250", "MAIL FROM:<a@example.test>")
        client.send("".join(f"RCPT TO:<user{i}@example.test>\r\n" for i in range(500)))
        assert [client.reply().code for _ in range(102)] == [550] * 101 + [421]
        assert client.is_closed()


def test_refused_recipients_do_not_end_a_list_that_has_more_good_ones(start, peer):
    daemon = start(policy(events=route(peer.mx) + """
kumo.on('smtp_server_rcpt_to', function(rcpt) if rcpt.user:find 'dead' then kumo.reject(550, '5.1.1 unknown') end end)"""))
    with daemon.session() as client:
        client.expect("250", "MAIL FROM:<a@example.test>")
        for i in range(150):
            client.expect("250", f"RCPT TO:<{i}@example.test>")
            client.expect("550", f"RCPT TO:<dead{i}@example.test>")
        assert client.data("Subject: x\n\nbody\n").code == 250
