"""No open files are left: nothing spins, nothing is lost, and all goes on when there are some again."""
import os
import pwd
import subprocess
import time

import pytest

from harness import http
from harness.godwitd import USER, build_directory
from harness.policy import policy, route
from harness.waiting import wait_until

pytestmark = pytest.mark.skipif(build_directory().name == "asan",
                                reason="the undefined-behaviour sanitizer needs a descriptor to look at an object's type")


def open_files(daemon):
    return {int(name) for name in os.listdir(f"/proc/{daemon.process.pid}/fd")}


class FileLimit:
    """The soft limit of a running daemon."""

    def __init__(self, daemon):
        self.pid = daemon.process.pid
        [line] = [line for line in open(f"/proc/{self.pid}/limits", encoding="ascii") if line.startswith("Max open files")]
        self.before = [int(word) for word in line.split()[3:5]]

    def set(self, files):
        # As the daemon's user: changing other users' limits takes more than being root in a container.
        whom = {"user": USER, "group": pwd.getpwnam(USER).pw_gid} if os.geteuid() == 0 else {}
        subprocess.run(["prlimit", "--pid", str(self.pid), f"--nofile={files}:{self.before[1]}"], check=True, **whom)

    def leave_none(self, daemon):
        used = open_files(daemon)
        self.set(next(number for number in range(len(used) + 1) if number not in used))

    def lift(self):
        self.set(self.before[0])


def processor_seconds(daemon):
    fields = open(f"/proc/{daemon.process.pid}/stat", encoding="ascii").read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_the_limit_is_raised_at_the_start(start, peer):
    daemon = start(policy(events=route(peer.mx)))
    soft, hard = FileLimit(daemon).before
    assert soft == hard
    daemon.wait_for_diagnostic(f"at most {hard} open files")


def test_who_connects_leaves_some_to_spool_log_and_deliveries(start, peer):
    daemon = start(policy(init=http.listener(), events=route(peer.mx)))
    limit = FileLimit(daemon)
    limit.set(max(open_files(daemon)) + 1 + 32 + 20)
    clients = [daemon.smtp() for _ in range(60)]
    greetings = [client.reply() for client in clients]
    welcome = [client for client, greeting in zip(clients, greetings) if greeting.code == 220]
    refused = [str(greeting) for greeting in greetings if greeting.code != 220]
    assert welcome and refused and len(welcome) < 30
    assert all("421 4.3.2 mx.test too many concurrent sessions. Try later" in text for text in refused), refused[0]
    daemon.wait_for_diagnostic("connections are refused: of [0-9]+ open files the last are kept for spool and logs; raise")
    for client in welcome[:3]:
        client.expect("250", "EHLO client.test")
        client.deliver("a@example.test", "b@example.test")
    daemon.log.wait(type="Delivery", count=3)
    assert len(peer.messages) == 3
    assert http.metric(daemon, "godwit_net_descriptor_shortages") >= len(refused)
    for client in clients:
        client.close()
    wait_until(lambda: http.metric(daemon, "connection_count", service="esmtp_listener") == 0, "the sessions have gone")
    with daemon.session() as client:
        client.deliver("a@example.test", "b@example.test")
    daemon.log.wait(type="Delivery", count=4)


def test_listeners_wait_without_spinning_and_go_on(start, peer):
    daemon = start(policy(init=http.listener(), events=route(peer.mx)))
    limit = FileLimit(daemon)
    limit.leave_none(daemon)
    before, began = processor_seconds(daemon), time.monotonic()
    web = [http.client(daemon) for _ in range(8)]
    for one in web:
        one.connection.connect()
    daemon.wait_for_diagnostic("cannot accept connections: Too many open files")
    smtp = [daemon.smtp() for _ in range(8)]
    time.sleep(2)  # what is watched is what happens meanwhile
    used = processor_seconds(daemon) - before
    assert used < 0.3 * (time.monotonic() - began), f"{used} s of processor time"
    assert daemon.diagnostics().count("Too many open files") < 10
    limit.lift()
    for client in smtp:
        client.expect("220")
        client.close()
    for one in web:
        assert one.get("/metrics").status == 200
        one.close()
    assert http.metric(daemon, "godwit_net_descriptor_shortages") >= 1
    assert daemon.console.run("version")


# RocksDB has its files open; LocalDisk opens its journal for each group.
@pytest.mark.parametrize("kind, code", [("RocksDB", 250), ("LocalDisk", 452)], ids=["RocksDB", "LocalDisk"])
def test_deliveries_are_put_off_and_a_message_that_cannot_be_stored_is_refused(start, make_peer, kind, code):
    peer = make_peer({"RCPT": "450 4.2.1 later"})
    # Retries far enough apart that the session of one has ended before the next.
    # A log that needs no new file meanwhile: a segment that ends gives back the descriptor that is to be missing.
    daemon = start(policy(init=http.listener(), spool=f"kind = '{kind}', min_free_space = 0, min_free_inodes = 0",
                          logs="max_segment_duration = '1h'", events=route(peer.mx, queue="max_retry_interval = '3s'")))
    limit = FileLimit(daemon)
    with daemon.session() as client:
        [first] = client.deliver("first@example.test", "b@example.test")
        daemon.log.wait(type="TransientFailure", id=first)
        wait_until(lambda: not any(s.is_open for s in peer.sessions), peer.describe)
        limit.leave_none(daemon)
        daemon.wait_for_diagnostic("deliveries are put off", 10)
        client.envelope("second@example.test", "b@example.test")
        limit.leave_none(daemon)  # what was still being closed at the first time has left some
        reply = client.data("Subject: test\n\nbody\n")
        assert reply.code == code, reply
    peer.script.clear()
    limit.lift()
    daemon.console.run("flush domain example.test")
    peer.wait_messages(2 if code == 250 else 1, 60)
    wait_until(lambda: http.metric(daemon, "message_count") == 0, "the queues are empty", 30)
    if code != 250:
        daemon.wait_for_diagnostic("writing succeeds again: mail is accepted", 60)
        with daemon.session() as client:
            client.deliver("second@example.test", "b@example.test")
    daemon.log.wait(type="Delivery", count=2, seconds=30)
    assert sorted(m.sender for m in peer.messages) == ["first@example.test", "second@example.test"]
    if code == 250:
        daemon.log.wait(type="TransientFailure", id=first, response={"content": lambda text: "Too many open files" in text})
