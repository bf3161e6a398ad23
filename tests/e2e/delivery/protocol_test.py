"""The client's side of the conversation: pipelining, reuse, 8-bit, chunking, order of hosts."""
import time

import pytest

from harness.peer import After
from harness.policy import policy, route
from harness.waiting import wait_until


def send(daemon, count=1, content="Subject: test\n\nbody\n", recipient="b@example.test"):
    with daemon.session() as client:
        return [client.deliver("a@example.test", recipient, content)[0] for _ in range(count)]


def test_a_connection_is_reused_with_rset_between(start, peer):
    daemon = start(policy(events=route(peer.mx, path="connection_limit = 1, idle_timeout = '5s'")))
    send(daemon, 3)
    sessions = {m.session for m in peer.wait_messages(3)}
    assert len(sessions) == 1
    assert peer.sessions[0].verbs()[:8] == ["EHLO", "MAIL", "RCPT", "DATA", "RSET", "MAIL", "RCPT", "DATA"]


def test_rset_can_be_off(start, peer):
    daemon = start(policy(events=route(peer.mx, path="connection_limit = 1, idle_timeout = '5s', enable_rset = false")))
    send(daemon, 2)
    peer.wait_messages(2)
    assert all("RSET" not in s.verbs() for s in peer.sessions)


def test_deliveries_per_connection(start, peer):
    daemon = start(policy(events=route(peer.mx, path="connection_limit = 1, max_deliveries_per_connection = 2")))
    send(daemon, 5)
    peer.wait_messages(5)
    assert max(s.verbs().count("DATA") for s in peer.sessions) <= 2


def test_an_idle_connection_is_closed_with_quit(start, peer):
    daemon = start(policy(events=route(peer.mx, path="idle_timeout = '1s'")))
    send(daemon)
    session = peer.wait_messages().session
    wait_until(lambda: session.commands[-1] == "QUIT", lambda: session.commands)


def test_connection_limit(start, make_peer):
    peer = make_peer({"dot": lambda line: After(0.1, "250 ok")})
    daemon = start(policy(events=route(peer.mx, path="connection_limit = 2")))
    # The growth rule opens the second connection when more than ln(2)/0.023 = 30 messages wait.
    send(daemon, 60)
    most = 0
    while len(peer.messages) < 60:
        most = max(most, sum(s.is_open for s in peer.sessions))
        time.sleep(0.01)
    assert most == 2


@pytest.mark.parametrize("pipelining", [True, False])
def test_pipelining_follows_offer_and_setting(start, make_peer, pipelining):
    peer = make_peer({"RCPT": "550 5.1.1 no"})
    daemon = start(policy(events=route(peer.mx, path=f"enable_pipelining = {str(pipelining).lower()}")))
    send(daemon)
    daemon.log.wait(type="Bounce")
    session = peer.sessions[0]
    assert ("DATA" in session.verbs()) == pipelining, "DATA goes with the rest only when pipelined"
    assert not peer.messages


def test_accepted_data_without_recipients_delivers_nothing(start, make_peer):
    """A peer that answers 354 although it refused the recipient gets an empty body, whose reply is ignored."""
    peer = make_peer({"RCPT": "550 5.1.1 no", "DATA": "354 go on"})
    daemon = start(policy(events=route(peer.mx)))
    [spool_id] = send(daemon)
    daemon.log.wait(type="Bounce", id=spool_id)
    assert all(attempt.data == b"" for attempt in peer.attempts)
    assert not daemon.log.records(type="Delivery")


def test_dots_and_long_bodies_arrive_unchanged(start, peer):
    daemon = start(policy("trace_headers = { received_header = false, supplemental_header = false }", events=route(peer.mx)))
    content = "Subject: x\r\n\r\n.\r\n..\r\n.a\r\n" + "x" * 998 + "\r\n" + ".line\r\n" * 20000
    with daemon.session() as client:
        client.envelope("a@example.test", "b@example.test")
        assert client.data(content).code == 250
    assert peer.wait_messages(seconds=30).data == content.encode()


def test_eight_bit_content_needs_8bitmime(start, make_peer):
    peer = make_peer(extensions=("PIPELINING",))
    daemon = start(policy(events=route(peer.mx)))
    [spool_id] = send(daemon, content="Subject: x\n\nGrüße\n")
    daemon.log.wait(type="Bounce", id=spool_id)
    assert not peer.attempts

    tolerant = start(policy(events=route(peer.mx, path="ignore_8bit_checks = true")))
    send(tolerant, content="Subject: x\n\nGrüße\n")
    assert "Grüße".encode() in peer.wait_messages().data


def test_eight_bit_content_is_declared(start, peer):
    daemon = start(policy(events=route(peer.mx)))
    send(daemon, content="Subject: x\n\nGrüße\n")
    session = peer.wait_messages().session
    assert any(c.startswith("MAIL FROM:<a@example.test>") and "BODY=8BITMIME" in c for c in session.commands)


def test_helo_follows_a_refused_ehlo_or_the_host_fails(start, make_peer):
    peer = make_peer({"EHLO": "502 5.5.1 what?"})
    daemon = start(policy(events=route(peer.mx)))
    [spool_id] = send(daemon)
    daemon.log.wait(id=spool_id, type=lambda t: t in ("Delivery", "TransientFailure"))


def test_the_next_host_is_tried_when_the_first_does_not_answer(start, peer):
    daemon = start(policy(events=route(f"127.0.0.1:1,{peer.mx}", path="connect_timeout = '2s'")))
    [spool_id] = send(daemon)
    peer.wait_messages()
    daemon.log.wait(type="Delivery", id=spool_id)


def test_the_next_host_is_tried_when_the_first_refuses_everybody(start, make_peer, peer):
    refusing = make_peer({"connect": "554 5.3.2 no service"})
    daemon = start(policy(events=route(f"{refusing.mx},{peer.mx}")))
    send(daemon)
    peer.wait_messages()
    assert refusing.sessions


def test_nobody_answers(start):
    daemon = start(policy(events=route("127.0.0.1:1", queue="retry_interval = '1h'")))
    [spool_id] = send(daemon)
    record = daemon.log.wait(type="TransientFailure", id=spool_id)
    assert record["response"]["code"] == 400
    assert record["response"]["content"].startswith("KumoMTA internal: failed to connect to any candidate hosts: ")


def test_ehlo_name_comes_from_path_then_source(start, make_peer):
    pool = """
kumo.on('get_egress_pool', function(name) return kumo.make_egress_pool { name = name, entries = { { name = 'one' } } } end)
kumo.on('get_egress_source', function(name)
  return kumo.make_egress_source { name = name, ehlo_domain = 'source.example', source_address = '127.0.0.5' }
end)
"""
    peer = make_peer()
    daemon = start(policy(events=route(peer.mx, queue="egress_pool = 'pool'") + pool))
    send(daemon)
    session = peer.wait_messages().session
    assert session.commands[0] == "EHLO source.example" and session.address[0] == "127.0.0.5"
    record = daemon.log.wait(type="Delivery")
    assert (record["egress_pool"], record["egress_source"]) == ("pool", "one")
    assert record["source_address"]["address"].startswith("127.0.0.5") and record["site"].startswith("one->")

    other = make_peer()
    daemon = start(policy(events=route(other.mx, "egress_pool = 'pool'", "ehlo_domain = 'path.example'") + pool))
    send(daemon)
    assert other.wait_messages().session.commands[0] == "EHLO path.example"


def test_sources_of_a_pool_take_turns_by_weight(start, peer):
    daemon = start(policy(events=route(peer.mx, queue="egress_pool = 'pool'") + """
kumo.on('get_egress_pool', function(name)
  return kumo.make_egress_pool { name = name, entries = { { name = 'a', weight = 2 }, { name = 'b', weight = 1 } } }
end)
kumo.on('get_egress_source', function(name) return kumo.make_egress_source { name = name } end)
"""))
    send(daemon, 9)
    sources = [r["egress_source"] for r in daemon.log.wait(type="Delivery", count=9)]
    assert (sources.count("a"), sources.count("b")) == (6, 3)


def test_prohibited_and_skipped_hosts(start, peer):
    prohibited = start(policy(events=route(peer.mx, path="prohibited_hosts = { '127.0.0.0/8' }")))
    send(prohibited)
    record = prohibited.log.wait(type="Bounce")
    assert record["response"]["code"] == 550
    assert "127.0.0.1 is on the list of prohibited_hosts" in record["response"]["content"]

    skipped = start(policy(events=route(peer.mx, path="skip_hosts = { '127.0.0.0/8' }")))
    send(skipped)
    record = skipped.log.wait(type="TransientFailure")
    assert record["response"]["code"] == 451
    assert record["response"]["content"] == "KumoMTA internal: MX consisted solely of hosts on the skip_hosts list"
    assert not peer.sessions
