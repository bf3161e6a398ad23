"""TCP resets in each phase, of clients and of remote servers: nothing is lost, and nothing counts that did not happen."""
import pytest

from harness import http
from harness.certificate import Certificate
from harness.peer import EXTENSIONS, GO_ON, RESET
from harness.policy import policy, route
from harness.waiting import wait_until

LARGE = "Subject: large\n\n" + ("x" * 70 + "\n") * 60000


def envelope(client):
    client.envelope("a@example.test", "b@example.test")


def begin_data(client, *sent):
    envelope(client)
    client.expect("354", "DATA")
    client.send("Subject: test\r\n\r\nbody\r\n" + "".join(sent))


def begin_chunk(client):
    envelope(client)
    client.send("BDAT 1000 LAST\r\nSubject: test\r\n\r\n")


# What the client does before its reset, after greeting and EHLO.
PHASES = {
    "EHLO": lambda client: client.send("EHLO again.test\r\n"),
    "between commands": lambda client: None,
    "half a command": lambda client: client.send("MAIL FR"),
    "MAIL": lambda client: client.send("MAIL FROM:<a@example.test>\r\n"),
    "RCPT": lambda client: (client.expect("250", "MAIL FROM:<a@example.test>"), client.send("RCPT TO:<b@example.test>\r\n")),
    "DATA": lambda client: (envelope(client), client.send("DATA\r\n")),
    "body": begin_data,
    "half the end": lambda client: begin_data(client, ".\r"),
    "chunk": begin_chunk,
    "STARTTLS": lambda client: (client.expect("220", "STARTTLS"), client.send(b"\x16\x03\x01")),
    "AUTH": lambda client: client.send("AUTH LOGIN\r\n"),
    "pipelined": lambda client: client.send("MAIL FROM:<a@example.test>\r\nRCPT TO:<b@example.test>\r\nDATA\r\n"),
}


def has_no_sessions(daemon):
    return http.metric(daemon, "connection_count", service="esmtp_listener") == 0


def check_it_still_works(daemon, peer, count=1):
    wait_until(lambda: has_no_sessions(daemon), "the session has gone")
    with daemon.session() as client:
        client.deliver("good@example.test", "b@example.test")
    peer.wait_messages(count)
    daemon.log.wait(type="Delivery", count=count)
    assert "technical difficulties" not in daemon.diagnostics()


@pytest.mark.parametrize("phase", PHASES)
def test_a_client_that_resets_before_the_end_leaves_nothing(start, peer, phase):
    daemon = start(policy(init=http.listener(), events=route(peer.mx)))
    client = daemon.session()
    PHASES[phase](client)
    client.reset()
    check_it_still_works(daemon, peer)
    assert [m.sender for m in peer.messages] == ["good@example.test"]
    assert len(daemon.log.records(type="Reception")) == 1
    assert http.metric(daemon, "total_messages_received", service="esmtp_listener") == 1
    assert http.metric(daemon, "message_count") == 0


def test_clients_that_reset_before_the_greeting(start, peer):
    daemon = start(policy(init=http.listener(), events=route(peer.mx)))
    for _ in range(20):
        daemon.smtp().reset()
    check_it_still_works(daemon, peer)


def test_a_client_that_resets_after_the_end_is_delivered_once_or_not_at_all(start, peer):
    # It heard no 250 and will come again: what is taken here is what RFC 5321 4.5.3.2.6 calls unavoidable. Never twice.
    daemon = start(policy(init=http.listener(), events=route(peer.mx)))
    for number in range(10):
        client = daemon.session()
        client.envelope(f"{number}@example.test", "b@example.test")
        client.expect("354", "DATA")
        client.send("Subject: test\r\n\r\nbody\r\n.\r\n")
        client.reset()
    wait_until(lambda: has_no_sessions(daemon), "the sessions have gone")
    taken = int(http.metric(daemon, "total_messages_received", service="esmtp_listener"))
    check_it_still_works(daemon, peer, taken + 1)
    wait_until(lambda: http.metric(daemon, "message_count") == 0, "the queues are empty")
    senders = [m.sender for m in peer.messages]
    assert len(senders) == len(set(senders)) == taken + 1
    assert len(daemon.log.records(type="Reception")) == taken + 1


def send(daemon, content="Subject: test\n\nbody\n"):
    with daemon.session() as client:
        return client.deliver("a@example.test", "b@example.test", content)[0]


AUTH = ("allow_smtp_auth_plain_without_tls = true, smtp_auth_plain_username = 'u', "
        "smtp_auth_plain_password = { key_data = 'p' }")


@pytest.mark.parametrize("step, good, path", [
    ("STARTTLS", "220 go", "enable_tls = 'RequiredInsecure'"), ("handshake", GO_ON, "enable_tls = 'RequiredInsecure'"),
    ("AUTH", "235 2.7.0 welcome", AUTH)], ids=["STARTTLS", "handshake", "AUTH"])
def test_a_remote_server_that_resets_before_the_envelope(start, make_peer, tmp_path, step, good, path):
    peer = make_peer({step: [RESET, good]}, certificate=Certificate(tmp_path), extensions=(*EXTENSIONS, "AUTH PLAIN"))
    daemon = start(policy(events=route(peer.mx, path=path)))
    spool_id = send(daemon)
    daemon.log.wait(type="TransientFailure", id=spool_id)
    daemon.log.wait(type="Delivery", id=spool_id, seconds=20)
    assert len(peer.messages) == 1


@pytest.mark.parametrize("extensions", [EXTENSIONS, (*EXTENSIONS, "CHUNKING")], ids=["DATA", "BDAT"])
def test_a_remote_server_that_resets_in_the_body(start, make_peer, extensions):
    peer = make_peer({"body": [RESET, GO_ON]}, extensions=extensions)
    daemon = start(policy(events=route(peer.mx)))
    spool_id = send(daemon, LARGE)
    daemon.log.wait(type="TransientFailure", id=spool_id, response={"code": lambda code: 400 <= code < 500})
    daemon.log.wait(type="Delivery", id=spool_id, seconds=20)
    [message] = peer.messages
    assert message.body.count(b"x" * 70) == 60000


def test_a_reset_instead_of_the_farewell_changes_nothing(start, make_peer):
    peer = make_peer({"QUIT": RESET})
    daemon = start(policy(events=route(peer.mx)))
    spool_id = send(daemon)
    wait_until(lambda: peer.sessions and "QUIT" in peer.sessions[0].verbs(), peer.describe)
    daemon.log.wait(type="Delivery", id=spool_id)
    assert daemon.log.has_none(2, type="TransientFailure") and len(peer.messages) == 1


@pytest.mark.parametrize("step", ["RSET", "MAIL"])
def test_a_reset_after_a_message_loses_neither_it_nor_the_next_one(start, make_peer, step):
    # The commands of the next message ride behind the end of the first one.
    peer = make_peer({step: {"RSET": [RESET, "250 ok"], "MAIL": ["250 ok", RESET, "250 ok"]}[step]})
    daemon = start(policy(init=http.listener(), events=route(peer.mx, path="connection_limit = 1")))
    ids = {send(daemon) for _ in range(2)}
    records = daemon.log.wait(type="Delivery", count=2, seconds=20)
    assert {r["id"] for r in records} == ids
    wait_until(lambda: http.metric(daemon, "message_count") == 0, "the queues are empty")
    assert len(peer.messages) == 2
    assert http.metric(daemon, "total_messages_delivered", service="smtp_client") == 2
    # A connection that went stale between two messages is no attempt of the second.
    assert step != "RSET" or not daemon.log.records(type="TransientFailure")
