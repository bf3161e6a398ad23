"""A disk that answers EIO: what could not be written is refused, what cannot be read waits, and both recover by themselves."""
import threading

import pytest

from harness import http
from harness.failing import FailingLayer
from harness.policy import policy, route
from harness.senders import attempt
from harness.unsynced import is_usable
from harness.waiting import stays_false, wait_until

pytestmark = pytest.mark.skipif(not is_usable(), reason="a sanitized program cannot run over a preloaded library")

LATER = {"RCPT": "450 4.2.1 later"}


@pytest.fixture
def start_failing(daemons, make_peer):
    """(daemon, its disk, the peer, which refuses everything for now)"""
    def begin(kind, limits=""):
        peer = make_peer(dict(LATER))
        daemon = daemons.make(policy(init=http.listener(), spool=f"kind = '{kind}', min_free_space = 0, min_free_inodes = 0, "
                                                      f"rocks_params = {{ {limits} }}",
                                     events=route(peer.mx, queue="retry_interval = '1s', max_retry_interval = '1s'")))
        disk = FailingLayer(daemon)
        return daemon.start(), disk, peer
    return begin


@pytest.mark.parametrize("call", ["write", "sync"])
@pytest.mark.parametrize("kind", ["RocksDB", "LocalDisk"])
def test_what_cannot_be_written_is_refused_and_comes_again(start_failing, kind, call):
    daemon, disk, peer = start_failing(kind)
    assert attempt(daemon, "before@example.test").code == 250
    disk.fail(call)
    refused = attempt(daemon, "refused@example.test")
    assert str(refused) == "452 4.3.1 insufficient system storage, try again later"
    daemon.wait_for_diagnostic("mail is refused until writing succeeds again")
    refused = attempt(daemon, "refused@example.test")
    assert refused.code == 421 and "the spool is not accepting writes" in refused.text, refused
    assert http.metric(daemon, "godwit_spool_failing") == 1 and http.metric(daemon, "godwit_spool_commit_failures") >= 1
    disk.recover()
    daemon.wait_for_diagnostic("writing succeeds again: mail is accepted", 60)
    assert http.metric(daemon, "godwit_spool_failing") == 0
    assert attempt(daemon, "refused@example.test").code == 250
    peer.script.clear()
    wait_until(lambda: http.metric(daemon, "message_count") == 0, "the queues are empty", 60)
    # Once, not twice: what had not been acknowledged was taken back.
    assert sorted(m.sender for m in peer.messages) == ["before@example.test", "refused@example.test"]
    assert len(daemon.log.records(type="Reception")) == 2


@pytest.mark.parametrize("kind", ["RocksDB", "LocalDisk"])
def test_what_was_refused_is_gone_after_a_crash_as_well(start_failing, kind):
    daemon, disk, peer = start_failing(kind)
    assert attempt(daemon, "before@example.test").code == 250
    disk.fail("sync")
    assert attempt(daemon, "refused@example.test").code == 452
    disk.recover()
    daemon.wait_for_diagnostic("writing succeeds again: mail is accepted", 60)
    daemon.kill()
    peer.script.clear()
    daemon.restart()
    daemon.wait_for_diagnostic("spool listed: 1 messages")
    peer.wait_messages(1, 30)
    wait_until(lambda: http.metric(daemon, "message_count") == 0, "the queues are empty", 30)
    assert [m.sender for m in peer.messages] == ["before@example.test"]


@pytest.mark.parametrize("kind", ["RocksDB", "LocalDisk"])
def test_a_disk_that_does_not_answer_refuses_after_error_latch_duration(start_failing, kind):
    daemon, disk, peer = start_failing(kind, "error_latch_duration = '1s'")
    disk.hang("sync")
    replies = []
    waiting = threading.Thread(target=lambda: replies.append(attempt(daemon, "patient@example.test")))
    waiting.start()
    daemon.wait_for_diagnostic("the disk does not answer: mail is refused", 7)  # by default after 15 s
    refused = attempt(daemon, "refused@example.test")
    assert refused.code == 421 and "the spool is not accepting writes" in refused.text, refused
    assert not replies
    disk.recover()
    waiting.join()
    assert replies[0].code == 250
    wait_until(lambda: attempt(daemon, "after@example.test").code == 250, "mail is accepted", 20)
    peer.script.clear()
    assert {m.sender for m in peer.wait_messages(2, 30)} == {"patient@example.test", "after@example.test"}


def test_pauses_between_test_writes_are_bounded(start_failing):
    daemon, disk, _ = start_failing("LocalDisk", "error_unlatch_duration = '2s'")
    disk.fail("write")
    assert attempt(daemon, "refused@example.test").code == 452
    daemon.wait_for_diagnostic("(?s)(still not writable.*){4}", 12)  # 2 s apart; by default the fourth comes after 30 s


def test_without_error_unlatch_mail_is_refused_until_a_restart(start_failing):
    daemon, disk, _ = start_failing("LocalDisk", "allow_error_unlatch = false")
    disk.fail("write")
    assert attempt(daemon, "refused@example.test").code == 452
    daemon.wait_for_diagnostic(r"mail is refused until a restart \(allow_error_unlatch = false\)")
    disk.recover()
    assert stays_false(lambda: attempt(daemon, "refused@example.test").code != 421, 4)  # a test write would come after 2 s
    assert http.metric(daemon, "godwit_spool_failing") == 1
    daemon.restart()
    assert attempt(daemon, "after@example.test").code == 250


def test_what_cannot_be_read_waits(start_failing):
    # LocalDisk alone: RocksDB keeps a message that small in memory.
    daemon, disk, peer = start_failing("LocalDisk")
    assert attempt(daemon, "a@example.test").code == 250
    daemon.log.wait(type="TransientFailure")
    daemon.restart()  # what the journal held is files now
    disk.fail("read", under="data")
    peer.script.clear()
    daemon.wait_for_diagnostic("body of message [0-9a-f]{32} cannot be loaded: .*Input/output error", 30)
    assert not peer.messages and not daemon.log.records(type="Bounce")
    disk.recover()
    peer.wait_messages(1, 30)
    daemon.log.wait(type="Delivery")


def test_what_waits_goes_out_soon_after_the_disk_recovers(start_failing):
    daemon, disk, peer = start_failing("LocalDisk")
    assert attempt(daemon, "a@example.test").code == 250
    daemon.log.wait(type="TransientFailure")
    disk.fail("write")
    assert attempt(daemon, "refused@example.test").code == 452
    peer.script.clear()
    daemon.wait_for_diagnostic("(?s)still not writable.*still not writable", 30)  # six seconds: it was due meanwhile
    assert not peer.messages
    disk.recover()
    daemon.wait_for_diagnostic("writing succeeds again: mail is accepted", 60)
    peer.wait_messages(1, 20)
    daemon.log.wait(type="Delivery")


def test_a_log_that_cannot_be_written_stops_the_intake_and_recovers(daemons, peer):
    daemon = daemons.make(policy(events=route(peer.mx)))
    disk = FailingLayer(daemon)
    disk.root = daemon.dir / "log"
    daemon.start()
    assert attempt(daemon, "before@example.test").code == 250
    disk.fail("write", "sync")

    def refused():
        reply = attempt(daemon, "refused@example.test")
        return reply if reply.code == 421 else None
    assert "log" in wait_until(refused, "mail is refused", 30).text
    disk.recover()
    wait_until(lambda: attempt(daemon, "after@example.test").code == 250, "mail is accepted", 60)
    daemon.log.wait(type="Delivery", sender="after@example.test")
