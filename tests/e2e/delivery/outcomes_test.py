"""What becomes of a message for each answer of the remote side, as the log and the peer see it."""
import pytest

from harness.peer import DROP, RESET, SILENT
from harness.policy import policy, route
from harness.waiting import wait_until


def send(daemon, recipients="b@example.test", **kwargs):
    with daemon.session() as client:
        return client.deliver("a@example.test", recipients, **kwargs)


def test_delivered(start, peer):
    daemon = start(policy(events=route(peer.mx), logs="headers = { 'Subject' }"))
    [spool_id] = send(daemon)
    record = daemon.log.wait(type="Delivery", id=spool_id)
    assert record["response"]["code"] == 250
    assert record["response"]["enhanced_code"] == {"class": 2, "subject": 0, "detail": 0}
    assert record["response"]["content"] == "accepted"
    assert record["peer_address"]["addr"] == "127.0.0.1"
    assert record["delivery_protocol"] == "ESMTP" and record["num_attempts"] == 0
    assert record["queue"] == "example.test" and record["site"].endswith("@smtp_client")
    assert record["headers"] == {"Subject": "test"}
    assert len(peer.messages) == 1


@pytest.mark.parametrize("step, reply", [
    ("connect", "554 5.7.1 go away"), ("MAIL", "550 5.7.1 no sender"), ("RCPT", "550 5.1.1 no such user"),
    ("DATA", "554 5.3.4 no data"), ("dot", "554 5.6.0 no content"),
])
def test_5xx_bounces(start, make_peer, step, reply):
    peer = make_peer({step: reply})
    daemon = start(policy(events=route(peer.mx)))
    [spool_id] = send(daemon)
    if step == "connect":  # the host is refused, not the message
        daemon.log.wait(type="TransientFailure", id=spool_id)
        return
    record = daemon.log.wait(type="Bounce", id=spool_id)
    assert record["response"]["code"] == int(reply[:3])
    assert record["response"]["content"] == reply[10:]
    assert daemon.log.has_none(2, type="TransientFailure")


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA", "dot"])
def test_4xx_is_tried_again(start, make_peer, step):
    good = {"MAIL": "250 ok", "RCPT": "250 ok", "DATA": "354 go", "dot": "250 ok"}[step]
    peer = make_peer({step: ["450 4.2.1 later", good]})
    daemon = start(policy(events=route(peer.mx)))
    [spool_id] = send(daemon)
    failure = daemon.log.wait(type="TransientFailure", id=spool_id)
    assert failure["response"]["code"] == 450 and failure["response"]["content"] == "later"
    assert failure["num_attempts"] == 0
    record = daemon.log.wait(type="Delivery", id=spool_id, seconds=20)
    assert record["num_attempts"] == 1
    assert len(peer.messages) == 1


def test_421_ends_the_connection_and_the_message_is_tried_again(start, make_peer):
    peer = make_peer({"MAIL": ["421 4.3.2 closing", "250 ok"]})
    daemon = start(policy(events=route(peer.mx)))
    [spool_id] = send(daemon)
    daemon.log.wait(type="TransientFailure", id=spool_id, response={"code": 421})
    daemon.log.wait(type="Delivery", id=spool_id, seconds=20)
    assert len(peer.sessions) >= 2


@pytest.mark.parametrize("break_off", [DROP, RESET], ids=["closed", "reset"])
@pytest.mark.parametrize("step", ["connect", "EHLO", "MAIL", "RCPT", "DATA", "dot"])
def test_a_broken_connection_loses_nothing(start, make_peer, step, break_off):
    good = {"connect": "220 ok", "EHLO": "250 peer.test", "DATA": "354 go"}.get(step, "250 ok")
    peer = make_peer({step: [break_off, good]})
    daemon = start(policy(events=route(peer.mx)))
    [spool_id] = send(daemon)
    daemon.log.wait(type="TransientFailure", id=spool_id, response={"code": lambda code: 400 <= code < 500})
    daemon.log.wait(type="Delivery", id=spool_id, seconds=20)
    assert len(peer.messages) == 1


@pytest.mark.parametrize("step, option", [
    ("connect", "banner_timeout"), ("EHLO", "ehlo_timeout"), ("MAIL", "mail_from_timeout"), ("RCPT", "rcpt_to_timeout"),
    ("DATA", "data_timeout"), ("dot", "data_dot_timeout"),
])
def test_a_silent_peer_is_timed_out_phase_by_phase(start, make_peer, step, option):
    peer = make_peer({step: [SILENT, {"connect": "220 ok", "EHLO": "250 peer.test", "DATA": "354 go"}.get(step, "250 ok")]})
    daemon = start(policy(events=route(peer.mx, path=f"{option} = '1s', enable_pipelining = false")))
    [spool_id] = send(daemon)
    failure = daemon.log.wait(type="TransientFailure", id=spool_id)
    assert "Timed Out" in failure["response"]["content"] or step == "connect"
    daemon.log.wait(type="Delivery", id=spool_id, seconds=20)


def test_each_recipient_has_its_own_outcome(start, make_peer):
    peer = make_peer({"RCPT": lambda line: "550 5.1.1 no" if "bad@" in line else "250 ok"})
    daemon = start(policy("batch_handling = 'BatchByDomain'", events=route(peer.mx)))
    send(daemon, ["good@example.test", "bad@example.test", "fine@example.test"])
    daemon.log.wait(type="Bounce", recipient=lambda r: "bad@example.test" in r, response={"code": 550})
    message = peer.wait_messages()
    assert sorted(message.recipients) == ["fine@example.test", "good@example.test"]
    delivered = daemon.log.wait(type="Delivery")
    assert "bad@example.test" not in str(delivered["recipient"])


def test_only_the_deferred_recipient_is_tried_again(start, make_peer):
    deferred = iter([True])
    peer = make_peer({"RCPT": lambda line: "451 4.2.0 later" if "slow@" in line and next(deferred, False) else "250 ok"})
    daemon = start(policy("batch_handling = 'BatchByDomain'", events=route(peer.mx)))
    send(daemon, ["good@example.test", "slow@example.test"])
    messages = peer.wait_messages(2, 20)
    assert [m.recipients for m in messages] == [["good@example.test"], ["slow@example.test"]]
    daemon.log.wait(type="TransientFailure", recipient=lambda r: "slow@example.test" in r)


@pytest.mark.parametrize("reply", ["452 too many recipients", "452 4.5.3 too many recipients", "552 5.5.3 too many"])
def test_too_many_recipients_for_the_peer_are_sent_in_another_transaction(start, make_peer, reply):
    def answer(line):
        return "250 ok" if len(peer.sessions[-1].recipients) < 2 else reply
    peer = make_peer({"RCPT": answer})
    daemon = start(policy("batch_handling = 'BatchByDomain'", events=route(peer.mx)))
    wanted = [f"r{i}@example.test" for i in range(5)]
    send(daemon, wanted)
    if reply.startswith("552 5.5.3"):
        daemon.log.wait(type="Bounce")
        return
    wait_until(lambda: {r for m in peer.messages for r in m.recipients} == set(wanted), peer.describe, 20)
    assert not daemon.log.records(type="Bounce")


def test_batches_respect_max_recipients_per_batch(start, peer):
    daemon = start(policy("batch_handling = 'BatchByDomain'", events=route(peer.mx, path="max_recipients_per_batch = 2")))
    send(daemon, [f"r{i}@example.test" for i in range(5)])
    assert sorted(len(m.recipients) for m in peer.wait_messages(3)) == [1, 2, 2]


def test_a_rewritten_status_is_logged_as_such(start, make_peer):
    peer = make_peer({"RCPT": "450 4.2.1 mailbox gone"})
    daemon = start(policy(events=route(peer.mx) + """
kumo.on('smtp_client_rewrite_delivery_status', function(response, domain, tenant, campaign, routing_domain)
  if response:find 'mailbox gone' then return 550 end
end)"""))
    [spool_id] = send(daemon)
    record = daemon.log.wait(type="Bounce", id=spool_id)
    assert record["response"]["code"] == 550
    assert record["response"]["content"].endswith("(kumomta: status was rewritten from 450 -> 550)")
