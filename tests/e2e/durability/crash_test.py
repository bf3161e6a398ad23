"""250 after DATA means on disk: SIGKILL at random instants under load loses nothing that was acknowledged."""
import random
import re
import signal
import time

import pytest

from harness.ledger import Ledger, Lives, received
from harness.policy import policy, route
from harness.senders import flowing, smtp_source
from harness.unsynced import UnsyncedLayer, is_usable
from harness.waiting import wait_until


LINE = "x" * 70 + "\n"


SENDERS = 8


def load_and_kill(daemon, ledger, seconds, name="s", senders=SENDERS, lines=1, at_least=10):
    before = len(ledger.promised)
    with flowing(daemon, senders, ledger, name, body_of=lambda tag: f"{tag}\n" + LINE * lines):
        time.sleep(seconds)
        wait_until(lambda: len(ledger.promised) >= before + at_least, f"{at_least} messages are acknowledged", 60)
        daemon.kill()


def wait_for_all(ledger, peer):
    """What was promised arrives, as it was sent."""
    wait_until(lambda: not ledger.missing(received(peer)), lambda: f"lost: {ledger.missing(received(peer))[:20]}", 60)
    ledger.arrived(received(peer))


@pytest.mark.parametrize("kind", ["RocksDB", "LocalDisk"])
@pytest.mark.slow
def test_nothing_acknowledged_is_lost(start, peer, kind):
    daemon = start(policy(spool=f"kind = '{kind}'", events=route(peer.mx, path="max_ready = 100000")))
    ledger = Ledger()
    lives = Lives(peer, ledger)
    for run in range(3):
        load_and_kill(daemon, ledger, random.uniform(0.3, 1.5), f"{run}-")
        lives.end()
        daemon.restart()
    wait_for_all(ledger, peer)
    lives.count_repeats(SENDERS)


def queue_is_empty(daemon):
    daemon.process.child.send_signal(signal.SIGUSR1)
    return re.findall(r"queue summary: (\d+) messages?$", daemon.process.own_output(), re.M)[-1:] == ["0"]


def after_a_power_cut(daemons, peer, spool, **load):
    """The daemon started again on what was flushed, and what it had acknowledged; nothing was sent before the cut."""
    peer.script["MAIL"] = "451 4.3.0 later"
    daemon = daemons.make(policy(spool=spool, events=route(peer.mx, queue="retry_interval = '1s'")))
    layer = UnsyncedLayer(daemon)
    daemon.start()
    ledger = Ledger()
    load_and_kill(daemon, ledger, random.uniform(0.3, 1.0), senders=4, **load)
    layer.cut()
    peer.script.clear()
    peer.messages.clear()
    daemon.restart()
    daemon.wait_for_diagnostic("spool listed")
    return daemon, ledger


needs_layer = pytest.mark.skipif(not is_usable(), reason="a sanitized program cannot run over a preloaded library")


@needs_layer
@pytest.mark.parametrize("kind", ["RocksDB", "LocalDisk"])
def test_250_waits_for_the_disk(daemons, peer, kind):
    _, ledger = after_a_power_cut(daemons, peer, f"kind = '{kind}'")
    wait_for_all(ledger, peer)


@needs_layer
@pytest.mark.slow
def test_250_waits_for_the_disk_while_journals_become_files(daemons, peer):
    # Each journal of LocalDisk holds some sixty of these.
    daemon, ledger = after_a_power_cut(daemons, peer, "kind = 'LocalDisk'", lines=4000, at_least=random.randint(60, 200))
    wait_for_all(ledger, peer)
    assert "is damaged in" not in daemon.diagnostics()


@needs_layer
def test_without_flush_a_power_cut_takes_mail(daemons, peer):
    # What shows that the layer takes away what was not flushed.
    daemon, ledger = after_a_power_cut(daemons, peer, "kind = 'RocksDB', flush = false")
    wait_until(lambda: queue_is_empty(daemon), "the queue is empty", 60)
    assert ledger.missing(received(peer))


@pytest.mark.parametrize("kind", ["RocksDB", "LocalDisk"])
def test_a_killed_server_still_has_its_queue(start, make_peer, kind):
    peer = make_peer({"MAIL": "451 4.3.0 later"})
    daemon = start(policy(spool=f"kind = '{kind}'", events=route(peer.mx, queue="retry_interval = '1s'")))
    with daemon.session() as client:
        ids = [client.deliver("a@example.test", "b@example.test", f"Subject: {i}\n\nbody {i}\n")[0] for i in range(20)]
    daemon.kill()
    peer.script.clear()
    daemon.restart()
    bodies = sorted(m.body for m in peer.wait_messages(20, 40))
    assert bodies == sorted(f"body {i}\r\n".encode() for i in range(20))
    delivered = {r["id"] for r in daemon.log.wait(type="Delivery", count=20)}
    assert delivered == set(ids)


def test_an_orderly_stop_keeps_what_was_not_sent(start, make_peer):
    peer = make_peer({"MAIL": "451 4.3.0 later"})
    daemon = start(policy(events=route(peer.mx, queue="retry_interval = '1s'")))
    with daemon.session() as client:
        for _ in range(5):
            client.deliver("a@example.test", "b@example.test")
    daemon.stop()
    peer.script.clear()
    daemon.start()
    peer.wait_messages(5, 30)


def test_bulk_through_to_smtp_sink(start, make_sink):
    sink = make_sink()
    daemon = start(policy(events=route(sink.mx)))
    smtp_source(daemon.address, 500, sessions=20, size=4096)
    sink.wait(500)
    daemon.log.wait(type="Delivery", count=500, seconds=20)


def test_one_body_for_many_recipients_is_freed_with_the_last(start, peer):
    daemon = start(policy(spool="kind = 'LocalDisk'", events=route(peer.mx)))
    with daemon.session() as client:
        client.deliver("a@example.test", [f"r{i}@example.test" for i in range(10)])
    daemon.log.wait(type="Delivery", count=10)
    daemon.stop()  # what the journal still has becomes files
    left = [path for path in (daemon.dir / "spool").rglob("*")
            if path.is_file() and path.name != "lock" and not path.name.startswith("journal.")]
    assert not left
    daemon.start()
    daemon.wait_for_diagnostic("spool listed: 0 messages")
