"""Long commands: how far they are, and what Ctrl-C leaves (the frame "cancel" of the control socket)."""
import contextlib
import datetime
import os
import signal
import threading

import pytest

from harness.policy import policy, route
from harness.waiting import wait_until

REFUSED = {"RCPT": "451 4.2.1 later"}
MANY = 4000


def waiting(daemon):
    return sum(row["dq"] for row in daemon.console.rows("mailq --limit 100"))


@pytest.fixture
def full(start, make_peer):
    """A daemon with many messages that wait for their second attempt, an hour later, and two connections to its console."""
    peer = make_peer(REFUSED)
    daemon = start(policy(events=route(peer.mx, queue="retry_interval = '1 hour'", path=f"max_ready = {2 * MANY}")))  # room for all
    with daemon.session() as client:
        for i in range(MANY // 100):
            client.deliver("a@from.test", [f"r{i}@d{n}.test" for n in range(100)])
    wait_until(lambda: len(daemon.log.records(type="TransientFailure")) == MANY, f"{MANY} first attempts", 120)
    wait_until(lambda: waiting(daemon) == MANY, f"{MANY} delayed messages", 20)
    operator, beside = daemon.console.connect(), daemon.console.connect()
    operator.receive(), beside.receive()
    yield daemon, operator, beside
    operator.close()
    beside.close()


@contextlib.contextmanager
def little_processor_time(process):
    """The process runs for some milliseconds of fifty: what it does takes long on any machine."""
    over = threading.Event()

    def hold_up():
        while not over.is_set():
            os.kill(process.pid, signal.SIGCONT)
            over.wait(0.002)
            os.kill(process.pid, signal.SIGSTOP)
            over.wait(0.05)
        os.kill(process.pid, signal.SIGCONT)
    holding = threading.Thread(target=hold_up)
    holding.start()
    try:
        yield
    finally:
        over.set()
        holding.join()


def queued(raw):
    raw.send({"id": 7, "command": "summary", "format": "json"})
    return raw.until_done(7)[0]["record"]["total_queue_size"]


def next_attempts(raw):
    """Of all messages, by id."""
    raw.send({"id": 8, "command": f"showqueue all {MANY}", "format": "json"})
    ids = [row["id"] for frame in raw.until_done(8) for row in frame.get("rows", [])]
    due = {}
    for at in range(0, len(ids), 50):  # 64 requests may wait
        some = ids[at:at + 50]
        for n, spool_id in enumerate(some):
            raw.send({"id": 100 + n, "command": f"message details {spool_id}", "format": "json"})
        for n, spool_id in enumerate(some):
            answer = raw.until_done(100 + n)
            assert "record" in answer[0], answer
            due[spool_id] = datetime.datetime.fromisoformat(answer[0]["record"]["next_attempt"])
    return due


def test_fail_says_how_far_it_is_and_stops_when_cancelled(full):
    daemon, operator, beside = full
    before = next_attempts(beside)
    with little_processor_time(daemon.process):
        operator.send({"id": 1, "command": "fail domain all"})
        progress = operator.receive()
        assert progress["id"] == 1 and "messages failed so far" in progress.get("text", ""), progress
        operator.send({"cancel": 1})
        assert operator.until_done(1)[-1] == {"id": 1, "done": "cancelled"}
    daemon.wait_for_diagnostic('command="fail domain all" outcome=cancelled')

    def bounced():
        return len(daemon.log.records(type="AdminBounce"))
    wait_until(lambda: queued(beside) == waiting(daemon) == MANY - bounced(), "what was failed is gone, with a record of each", 30)
    left = waiting(daemon)
    assert 0 < left <= MANY - int(progress["text"].split()[0])
    after = next_attempts(beside)
    moved = {i: (before[i], due) for i, due in after.items() if abs((due - before[i]).total_seconds()) > 2}  # shown in whole seconds
    assert (len(after), moved) == (left, {})
    daemon.restart()
    wait_until(lambda: waiting(daemon) == left, "the same are left, from the spool", 30)


def test_flush_that_is_cancelled_loses_nothing(full):
    daemon, operator, beside = full
    operator.send({"id": 1, "command": "flush domain all"})
    operator.send({"cancel": 1})
    assert operator.until_done(1)[-1]["done"] in ("ok", "cancelled")  # it may have been quicker
    assert queued(beside) == MANY
    wait_until(lambda: waiting(daemon) == MANY, "all wait again", 60)


def test_what_is_cancelled_before_its_turn_is_answered_and_does_nothing(full):
    _, operator, beside = full
    operator.send_bytes(b'{"id":1,"command":"trace smtp"}\n{"id":2,"command":"fail domain all"}\n{"id":3,"command":"pid"}\n'
                        b'{"cancel":2}\n{"cancel":1}\n')
    answers = [operator.until_done(n)[-1] for n in (1, 2, 3)]
    assert answers == [{"id": 1, "done": "cancelled"}, {"id": 2, "done": "cancelled"}, {"id": 3, "done": "ok"}]
    assert queued(beside) == MANY
