"""What happens when memory is short: messages leave it, mail is refused, and all comes back."""
import pathlib
import socket

import pytest

from harness import http
from harness.failing import FailingLayer
from harness.peer import SILENT
from harness.policy import policy, route
from harness.unsynced import is_usable
from harness.waiting import wait_until

pytestmark = pytest.mark.skipif(not is_usable(), reason="a sanitizer keeps what was freed, and cannot run over a preloaded library")
MIB = 1 << 20
SOFT_LIMIT = http.listener() + "  kumo.set_memory_soft_limit(SOFT)\n"


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


class Watched:
    """A message that is ready while the only session hangs, and whose records LocalDisk has written to files: until its journal is
    full it has them in memory."""

    def __init__(self, daemon, peer, client):
        self.daemon, self.peer = daemon, peer
        client.deliver("first@example.test", "b@example.test")
        peer.wait_sessions(1)
        [self.id] = client.deliver("watched@example.test", "b@example.test", "Subject: test\n\nwatched body\n")
        client.deliver("large@example.test", "b@example.test", "Subject: test\n\n" + ("x" * 78 + "\n") * (18 * MIB // 79))
        wait_until(lambda: self.is_file("meta", b"watched@example.test") and self.is_file("data", b"watched body"), "the files are there")

    def is_file(self, table, content):
        files = (p for p in pathlib.Path(self.daemon.dir / "spool" / table).rglob("*") if p.is_file() and "journal" not in p.name)
        return any(content in p.read_bytes() for p in files)

    def let_go(self):
        """The session ends, and the next one takes the message."""
        self.peer.script["MAIL"] = lambda line: "450 4.2.1 later" if "large@" in line else "250 ok"
        del self.peer.script["connect"]
        self.peer.sessions[0].socket.shutdown(socket.SHUT_RDWR)

    def is_missed(self):
        self.daemon.wait_for_diagnostic(f"message {self.id} .*cannot be loaded: .*Input/output error", 20)
        assert not any(m.sender == "watched@example.test" for m in self.peer.messages)

    def is_delivered(self):
        self.daemon.log.wait(type="Delivery", id=self.id, seconds=90)


# A message that left memory has to be read again: what the spool cannot give then is missed.
@pytest.mark.parametrize("reduction, table, is_missed", [
    ("NoShrink", "meta", False), ("NoShrink", "data", False),
    ("ShrinkData", "meta", False), ("ShrinkData", "data", True),
    ("ShrinkDataAndMeta", "meta", True),
])
def test_above_the_low_threshold_ready_messages_leave_memory(daemons, make_peer, reduction, table, is_missed):
    peer = make_peer({"connect": SILENT})
    daemon = daemons.make(policy(init=http.listener() + "  kumo.set_memory_low_thresh(1)\n", spool="kind = 'LocalDisk'", events=route(
        peer.mx, path=f"connection_limit = 1, low_memory_reduction_policy = '{reduction}'")))
    disk = FailingLayer(daemon)
    daemon.start()
    daemon.wait_for_diagnostic("above the low threshold of 0 MiB: messages leave memory", 20)
    assert http.metric(daemon, "memory_low_count") == 1
    with daemon.session() as client:
        watched = Watched(daemon, peer, client)
    disk.fail("read", under=table)
    watched.let_go()
    if is_missed:
        watched.is_missed()
        disk.recover()
        daemon.console.run("flush domain example.test")
    watched.is_delivered()


@pytest.mark.parametrize("reduction, is_missed", [("NoShrink", False), ("ShrinkDataAndMeta", True)])
def test_above_the_soft_limit_the_other_policy_holds(daemons, make_peer, reduction, is_missed):
    peer = make_peer({"connect": SILENT})
    daemon = after_learning_the_size(daemons, 120 * MIB, spool="kind = 'LocalDisk'", events=route(
        peer.mx, path="connection_limit = 1, low_memory_reduction_policy = 'NoShrink', "
                      f"no_memory_reduction_policy = '{reduction}'"))
    disk = FailingLayer(daemon)
    daemon.start()
    with daemon.session() as client:  # who is there already is served
        hoarders = Hoarders(daemon)
        daemon.wait_for_diagnostic("no mail is taken in", 20)
        watched = Watched(daemon, peer, client)
        disk.fail("read", under="meta")
        watched.let_go()
        if is_missed:
            watched.is_missed()
            disk.recover()
        hoarders.leave()
    if is_missed:
        daemon.wait_for_diagnostic("below the soft limit again", 20)
        daemon.console.run("flush domain example.test")
    watched.is_delivered()


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
    daemon.set_policy(policy(init=http.listener(), events=route(peer.mx)))
    daemon.restart()
    daemon.wait_for_diagnostic("spool listed: [45] messages")
    peer.wait_messages(4, 60)
    assert {r["id"] for r in waiting} <= set(ids)
