"""mail_loop: mail that comes round and round is refused, and what passes is marked or left alone."""
import pytest

from harness.configuration import configuration, route
from harness.ports import free_port

LOOP = "554 5.4.6 mail loop detected"


def config(mx, settings="", smtp=""):
    return configuration(route(mx), "[modules.mail_loop]\nenabled = true\n" + settings, smtp=smtp, logs='meta = ["mail_loop_*"]')


@pytest.fixture
def start_with(start, peer):
    return lambda settings="": start(config=config(peer.mx, settings))


def mail(hops, by="other.test"):
    return f"Received: from a.test by {by}; Sun, 22 Nov 2026 07:20:13 +0000\r\n" * hops + "From: a@example.test\r\n\r\nbody\r\n"


def send(daemon, *messages):
    with daemon.session() as client:
        replies = []
        for message in messages:
            client.envelope("a@example.test", "b@example.test")
            replies.append(str(client.data(message)))
        return replies


def test_too_many_hops(start_with, peer):
    fits, loops = send(start_with(), mail(20), mail(21))
    assert fits.startswith("250") and loops == LOOP
    assert peer.wait_messages(1).sender == "a@example.test"


def test_the_number_of_hops_may_be_set(start_with):
    fits, loops = send(start_with("max_received_headers = 3"), mail(3), mail(4))
    assert fits.startswith("250") and loops == LOOP


def test_too_many_visits_to_this_server(start_with):
    fits, loops = send(start_with(), mail(4, "mx.test"), mail(5, "MX.test"))
    assert fits.startswith("250") and loops == LOOP


def test_a_connection_from_this_machine(start_with):
    assert send(start_with("use_ip = true"), mail(0)) == [LOOP]


def test_code_250_only_marks(start_with):
    daemon = start_with("use_ip = true\ncode = 250")
    assert all(reply.startswith("250") for reply in send(daemon, mail(21, "mx.test"), mail(0)))
    found = [r["meta"] for r in daemon.log.wait(type="Reception", count=2)]
    assert found[0] == {"mail_loop_header_count": 21, "mail_loop_own_count": 21, "mail_loop_ip": "match"}
    assert {k: v for k, v in found[1].items() if v is not None} == {"mail_loop_ip": "match"}


def test_a_real_loop_ends(start):
    """A server that takes itself for the destination passes a message round until its visits are used up."""
    address = f"127.0.0.1:{free_port()}"
    daemon = start(config=config(address, smtp=f'listen = "{address}"'))
    assert send(daemon, mail(0))[0].startswith("250")
    bounce = daemon.log.wait(type="Bounce")
    assert bounce["response"]["code"] == 554 and bounce["response"]["content"] == "mail loop detected"
    assert len(daemon.log.records(type="Reception")) == 5
