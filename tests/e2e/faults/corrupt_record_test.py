"""Records of the spool that a disk has damaged: they are named and kept, and all other mail goes on."""
import os
import pathlib

import pytest

from harness import http
from harness.policy import policy, route
from harness.waiting import wait_until

KINDS = pytest.mark.parametrize("kind", ["RocksDB", "LocalDisk"])


@pytest.fixture
def stopped_with_mail(start, make_peer):
    """(daemon, peer, ids): five messages wait in a daemon that is not running."""
    def begin(kind):
        peer = make_peer({"RCPT": "450 4.2.1 later"})
        daemon = start(policy(init=http.listener(), spool=f"kind = '{kind}', rocks_params = {{ compression_type = 'None' }}",
                              events=route(peer.mx, queue="max_retry_interval = '1s'")))
        with daemon.session() as client:
            ids = [client.deliver(f"{i}@example.test", "b@example.test", f"Subject: {i}\n\nmark {i} {noise()}")[0]
                   for i in range(5)]
        daemon.log.wait(type="TransientFailure", count=5)
        daemon.restart()  # RocksDB writes what its log held into tables
        daemon.wait_for_diagnostic("spool listed: 5 messages")
        daemon.stop()
        peer.script.clear()
        peer.attempts.clear()
        return daemon, peer, ids
    return begin


def noise():
    """Large enough for a blob file."""
    return "".join(f"{os.urandom(35).hex()}\n" for _ in range(80))


def damage(daemon, mark):
    """Flips bits right behind the first `mark` of each file that has it."""
    found = 0
    for path in (p for p in pathlib.Path(daemon.dir / "spool").rglob("*") if p.is_file()):
        content = bytearray(path.read_bytes())
        if (at := content.find(mark)) >= 0:
            for place in range(at, at + len(mark)):
                content[place] ^= 0x55
            path.write_bytes(content)
            found += 1
    assert found, f"no file of the spool holds {mark}"


def check_the_others_arrive(daemon, peer, damaged):
    peer.wait_messages(4, 60)
    wait_until(lambda: http.metric(daemon, "message_count") <= 1, "the queues are empty", 30)
    assert sorted(m.sender for m in peer.messages) == sorted(f"{i}@example.test" for i in range(5) if i != damaged)
    assert all(f"mark {m.sender[0]} ".encode() in m.body for m in peer.messages)


@KINDS
def test_a_damaged_body_keeps_its_message_back_and_no_other(stopped_with_mail, kind):
    daemon, peer, ids = stopped_with_mail(kind)
    if kind == "RocksDB":
        damage(daemon, b"mark 2 ")
    else:
        file_of(daemon, "data", ids[2]).unlink()
    daemon.start()
    check_the_others_arrive(daemon, peer, damaged=2)
    daemon.wait_for_diagnostic(f"body of message {ids[2]} cannot be loaded: ", 30)
    # It waits, to be looked at: neither bounced nor removed.
    assert not daemon.log.records(id=ids[2], type="Bounce") and not daemon.log.records(id=ids[2], type="Expiration")
    assert http.metric(daemon, "message_count") == 1
    assert http.metric(daemon, "godwit_spool_unreadable_records") >= 1
    daemon.console.run(f"message fail {ids[2]}")  # what an operator may do about it
    wait_until(lambda: http.metric(daemon, "message_count") == 0, "the message is gone", 30)


def file_of(daemon, table, spool_id):
    return daemon.dir / "spool" / table / "data" / spool_id[:2] / spool_id[2:4] / spool_id[4:6] / spool_id[6:8] / spool_id[8:]


@pytest.mark.parametrize("content", [b"", b"{\"sender\":", b"\x00" * 200], ids=["empty", "cut short", "zeros"])
def test_a_damaged_envelope_is_kept_and_named(stopped_with_mail, content):
    daemon, peer, ids = stopped_with_mail("LocalDisk")
    file_of(daemon, "meta", ids[2]).write_bytes(content)
    daemon.start()
    daemon.wait_for_diagnostic(f"record {ids[2]} is kept but cannot be read: ")
    daemon.wait_for_diagnostic("4 messages enumerated in .* 1 damaged records kept")
    check_the_others_arrive(daemon, peer, damaged=2)
    assert http.metric(daemon, "godwit_spool_unreadable_records") == 1
    daemon.stop()
    assert file_of(daemon, "meta", ids[2]).read_bytes() == content and file_of(daemon, "data", ids[2]).exists()


def test_a_damaged_table_of_envelopes_stops_the_listing_and_nothing_else(stopped_with_mail):
    daemon, peer, _ = stopped_with_mail("RocksDB")
    damage(daemon, b'"sender":"2@example.test"')
    daemon.start()
    daemon.wait_for_diagnostic("the spool could not be listed: .*Corruption")
    with daemon.session() as client:
        client.deliver("new@example.test", "b@example.test")
    wait_until(lambda: any(m.sender == "new@example.test" for m in peer.messages), peer.describe, 30)


def test_a_damaged_place_in_the_log_costs_its_block_only(start, make_peer):
    peer = make_peer({"RCPT": "450 4.2.1 later"})
    daemon = start(policy(init=http.listener(), events=route(peer.mx, queue="max_retry_interval = '1s'")))
    senders = [f"{i}@example.test" for i in range(30)]
    with daemon.session() as client:
        for i, sender in enumerate(senders):
            client.deliver(sender, "b@example.test", f"Subject: {i}\n\nmark {i} {noise()}")
    daemon.log.wait(type="TransientFailure", count=30)
    daemon.kill()
    damage(daemon, b"mark 2 ")
    peer.script.clear()
    daemon.restart()
    daemon.wait_for_diagnostic("WARN rocksdb .*dropping [0-9]+ bytes; Corruption")
    daemon.wait_for_diagnostic("spool listed")
    assert http.metric(daemon, "godwit_spool_unreadable_records") >= 1
    survivors = {"0@example.test", "1@example.test", *senders[10:]}
    wait_until(lambda: survivors <= {m.sender for m in peer.messages},
               lambda: f"lost: {survivors - {m.sender for m in peer.messages}}", 30)
    assert "2@example.test" not in {m.sender for m in peer.messages}


def test_a_damaged_place_in_a_journal_costs_its_group_only(start, make_peer):
    peer = make_peer({"RCPT": "450 4.2.1 later"})
    daemon = start(policy(init=http.listener(), spool="kind = 'LocalDisk'", events=route(peer.mx, queue="max_retry_interval = '1s'")))
    senders = [f"{i}@example.test" for i in range(10)]
    with daemon.session() as client:
        for i, sender in enumerate(senders):
            client.deliver(sender, "b@example.test", f"Subject: {i}\n\nmark {i} {noise()}")
    daemon.log.wait(type="TransientFailure", count=10)
    daemon.kill()
    damage(daemon, b"mark 2 ")
    peer.script.clear()
    daemon.restart()
    daemon.wait_for_diagnostic("journal.0 is damaged in 1 places: what can be read is used")
    daemon.wait_for_diagnostic("spool listed")
    assert http.metric(daemon, "godwit_spool_unreadable_records") >= 1
    survivors = set(senders) - {"2@example.test"}
    wait_until(lambda: survivors <= {m.sender for m in peer.messages},
               lambda: f"lost: {survivors - {m.sender for m in peer.messages}}", 30)
    assert "2@example.test" not in {m.sender for m in peer.messages}
    wait_until((daemon.dir / "spool" / "meta" / "journal.0.damaged").exists, "the damaged journal is kept", 30)
