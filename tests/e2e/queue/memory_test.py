"""What happens when memory is short: messages leave it, mail is refused, and all comes back."""
import pytest

from harness import http
from harness.failing import FailingLayer
from harness.peer import SILENT
from harness.policy import policy, route
from harness.unsynced import is_usable
from harness.waiting import wait_until

pytestmark = pytest.mark.skipif(not is_usable(), reason="a sanitizer keeps what was freed, and cannot run over a preloaded library")
HTTP = "  kumo.start_http_listener { listen = '127.0.0.1:0' }\n"
MIB = 1 << 20
SOFT_LIMIT = HTTP + "  kumo.set_memory_soft_limit(SOFT)\n"


def after_learning_the_size(daemons, soft_over_start, **parts):
    """A daemon, not started, whose soft limit is so many bytes above what it takes when idle."""
    texts = policy(init=SOFT_LIMIT, **parts)
    daemon = daemons.make(texts.replace("SOFT", "0x7fffffffffff"))
    daemon.start()
    idle = wait_until(lambda: http.metric(daemon, "memory_usage"), "the resident size is known")
    daemon.stop()
    daemon.set_policy(texts.replace("SOFT", str(int(idle) + soft_over_start)))
    return daemon


class Hoarders:
    """Clients in the middle of large messages, which the daemon keeps in memory."""

    def __init__(self, daemon, count=8):
        self.clients = [daemon.session() for _ in range(count)]
        block = (b"x" * 78 + b"\r\n") * (MIB // 80)
        for client in self.clients:
            client.envelope("hoarder@example.test", "b@example.test")
            client.expect("354", "DATA")
            for _ in range(18):
                client.send_quietly(block)

    def leave(self):
        for client in self.clients:
            client.close()


def test_above_the_soft_limit_mail_is_refused_until_there_is_room(daemons, peer):
    daemon = after_learning_the_size(daemons, 60 * MIB, events=route(peer.mx)).start()
    hoarders = Hoarders(daemon)
    daemon.wait_for_diagnostic("above the soft limit of [0-9]+ MiB: no mail is taken in", 20)
    with daemon.smtp() as client:
        client.expect("421 4.3.2 mx.test load shedding. Try later")
    with http.client(daemon) as client:
        assert (client.get("/api/check-liveness/v1").status, client.get("/api/check-liveness/v1").text) == (503, "load shedding")
    assert http.metric(daemon, "memory_over_limit_count") == 1
    assert http.metric(daemon, "memory_usage") > http.metric(daemon, "memory_limit")
    assert daemon.log.wait(type="Rejection")["response"]["code"] == 421
    hoarders.leave()
    daemon.wait_for_diagnostic("below the soft limit again", 20)
    with daemon.session() as client:
        client.deliver("a@example.test", "b@example.test")
    assert peer.wait_messages().sender == "a@example.test"


# A message that left memory has to be read again: what the spool cannot give then is missed.
@pytest.mark.parametrize("reduction, table, is_missed", [
    ("NoShrink", "meta", False), ("NoShrink", "data", False),
    ("ShrinkData", "meta", False), ("ShrinkData", "data", True),
    ("ShrinkDataAndMeta", "meta", True),
])
def test_above_the_low_threshold_ready_messages_leave_memory(daemons, peer, reduction, table, is_missed):
    daemon = daemons.make(policy(init=HTTP + "  kumo.set_memory_low_thresh(1)\n", spool="kind = 'LocalDisk'",
                                 events=route(peer.mx, path=f"low_memory_reduction_policy = '{reduction}'")))
    disk = FailingLayer(daemon)
    daemon.start()
    daemon.wait_for_diagnostic("above the low threshold of 0 MiB: messages leave memory", 20)
    assert http.metric(daemon, "memory_low_count") == 1
    disk.fail("read", under=table)
    with daemon.session() as client:
        [spool_id] = client.deliver("a@example.test", "b@example.test")
    if is_missed:
        daemon.wait_for_diagnostic(f"message {spool_id} .*cannot be loaded: .*Input/output error", 20)
        assert not peer.messages
        disk.recover()
        daemon.console.run("flush domain example.test")
    assert peer.wait_messages(1, 90).body == b"body\r\n"
    daemon.log.wait(type="Delivery", id=spool_id)


@pytest.mark.parametrize("reduction, is_missed", [("NoShrink", False), ("ShrinkDataAndMeta", True)])
def test_above_the_soft_limit_the_other_policy_holds(daemons, peer, reduction, is_missed):
    daemon = after_learning_the_size(daemons, 60 * MIB, spool="kind = 'LocalDisk'", events=route(
        peer.mx, path=f"low_memory_reduction_policy = 'NoShrink', no_memory_reduction_policy = '{reduction}'"))
    disk = FailingLayer(daemon)
    daemon.start()
    with daemon.session() as client:  # who is there already is served
        hoarders = Hoarders(daemon)
        daemon.wait_for_diagnostic("no mail is taken in", 20)
        disk.fail("read", under="meta")
        [spool_id] = client.deliver("a@example.test", "b@example.test")
        if is_missed:
            daemon.wait_for_diagnostic(f"message {spool_id} .*cannot be loaded: .*Input/output error", 20)
            assert not peer.messages
            disk.recover()
        hoarders.leave()
    if is_missed:
        daemon.wait_for_diagnostic("below the soft limit again", 20)
        daemon.console.run("flush domain example.test")
    assert peer.wait_messages(1, 90).sender == "a@example.test"
    daemon.log.wait(type="Delivery", id=spool_id)


def test_above_the_soft_limit_what_was_in_memory_only_is_saved_and_waits(daemons, make_peer):
    peer = make_peer({"connect": SILENT})
    daemon = after_learning_the_size(daemons, 60 * MIB, listener="deferred_spool = true",
                                     events=route(peer.mx, path="connection_limit = 1"))
    daemon.start()
    with daemon.session() as client:
        ids = [client.deliver(f"{i}@example.test", "b@example.test")[0] for i in range(5)]
        peer.wait_sessions(1)
        hoarders = Hoarders(daemon)
        waiting = daemon.log.wait(type="Delayed", count=4, seconds=30,
                                  response={"content": lambda text: "ReadyQueueWasDelayedDueToLowMemory" in text})
        hoarders.leave()
    daemon.kill()
    peer.script.clear()
    daemon.set_policy(policy(init=HTTP, events=route(peer.mx)))
    daemon.restart()
    daemon.wait_for_diagnostic("spool listed: [45] messages")
    peer.wait_messages(4, 60)
    assert {r["id"] for r in waiting} <= set(ids)
