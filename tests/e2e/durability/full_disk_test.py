"""A disk that is full or read-only: mail is refused, what is there is kept, and it goes on without a restart."""
import pytest

from harness.policy import policy, route
from harness.senders import attempt
from harness.waiting import wait_until

KINDS = pytest.mark.parametrize("kind", ["RocksDB", "LocalDisk"])
LARGE = "Subject: large\n\n" + "x" * 70 + "\n" + ("y" * 70 + "\n") * 3000


def attempt_large(daemon):
    return attempt(daemon, content=LARGE)


def refuse_for_now():
    return {"RCPT": "450 4.2.1 later"}


@KINDS
def test_below_the_free_space_mail_is_refused_until_there_is_room(start_on_small_disk, make_peer, kind):
    peer = make_peer(refuse_for_now())
    daemon = start_on_small_disk(policy(spool=f"kind = '{kind}', min_free_space = '40%'",
                                        events=route(peer.mx, queue="retry_interval = '1s'")))
    assert attempt_large(daemon).code == 250
    daemon.fill(leave=8 << 20)
    daemon.wait_for_diagnostic("is too full", 20)
    refused = attempt_large(daemon)
    assert refused.code == 421 and "disk is too full" in refused.text, refused
    daemon.empty()
    daemon.wait_for_diagnostic("has room again", 20)
    assert attempt_large(daemon).code == 250
    peer.script.clear()
    peer.wait_messages(2, 30)


@KINDS
def test_a_full_disk_refuses_and_recovers(start_on_small_disk, make_peer, kind):
    peer = make_peer(refuse_for_now())
    daemon = start_on_small_disk(policy(spool=f"kind = '{kind}', min_free_space = 0, min_free_inodes = 0",
                                        events=route(peer.mx, queue="retry_interval = '1s', max_retry_interval = '2s'")))
    taken = 0
    for _ in range(5):
        assert attempt_large(daemon).code == 250
        taken += 1
    daemon.fill()
    replies = []

    def is_refused():
        replies.append(attempt_large(daemon))
        return replies[-1].code != 250
    wait_until(is_refused, lambda: f"no refusal, only {replies}", 30)
    taken += len(replies) - 1
    assert replies[-1].code == 452 and "4.3.1" in replies[-1].text, replies[-1]
    daemon.wait_for_diagnostic("mail is refused until writing succeeds again")
    refused = attempt_large(daemon)
    assert refused.code == 421 and "the spool is not accepting writes" in refused.text, refused
    daemon.empty()
    daemon.wait_for_diagnostic("writing succeeds again: mail is accepted", 60)
    assert attempt_large(daemon).code == 250
    taken += 1
    peer.script.clear()
    peer.wait_messages(taken, 60)
    daemon.log.wait(type="Delivery", count=taken, seconds=30)
    assert len(peer.messages) == taken


def test_a_disk_that_becomes_read_only_refuses_and_recovers(start_on_small_disk, make_peer):
    # LocalDisk alone: the log of RocksDB is always open for writing, and the kernel refuses to remount under it.
    peer = make_peer(refuse_for_now())
    daemon = start_on_small_disk(policy(spool="kind = 'LocalDisk', min_free_space = 0, min_free_inodes = 0",
                                        events=route(peer.mx, queue="retry_interval = '1s', max_retry_interval = '2s'")))
    assert attempt_large(daemon).code == 250
    daemon.remount("ro")
    refused = attempt_large(daemon)
    assert refused.code == 452 and "4.3.1" in refused.text, refused
    refused = attempt_large(daemon)
    assert refused.code == 421 and "the spool is not accepting writes" in refused.text, refused
    daemon.remount("rw")
    daemon.wait_for_diagnostic("writing succeeds again: mail is accepted", 60)
    assert attempt_large(daemon).code == 250
    peer.script.clear()
    peer.wait_messages(2, 60)
