"""deferred_spool trades the disk for speed until the first failure; set_force_sync takes a message out of that trade."""
import pytest

from harness.flushes import FlushCounter
from harness.peer import SILENT
from harness.policy import policy, route
from harness.waiting import wait_until


def deferred(start, peer, events="", **kwargs):
    return start(policy("deferred_spool = true", events=route(peer.mx, **kwargs) + events))


def send(daemon):
    with daemon.session() as client:
        return client.deliver("a@example.test", "b@example.test")[0]


def test_a_crash_before_the_first_failure_loses_the_message(start, make_peer):
    peer = make_peer({"connect": SILENT})
    daemon = deferred(start, peer)
    send(daemon)
    peer.wait_sessions()
    daemon.kill()
    peer.script.clear()
    daemon.restart()
    daemon.wait_for_diagnostic("spool listed: 0 messages")
    assert not peer.messages


def test_after_a_failure_it_is_on_disk(start, make_peer):
    peer = make_peer({"RCPT": ["450 4.2.1 later", "250 ok"]})
    daemon = deferred(start, peer, queue="retry_interval = '2s'")
    spool_id = send(daemon)
    daemon.log.wait(type="TransientFailure", id=spool_id)
    wait_until(lambda: stored(daemon, spool_id), "the message is stored")
    daemon.kill()
    daemon.restart()
    daemon.log.wait(type="Delivery", id=spool_id, seconds=30)
    assert len(peer.messages) == 1


def stored(daemon, spool_id):
    """Whether the spool's files hold the id: RocksDB keys are its 16 bytes, in the log before they are in a table."""
    key = bytes.fromhex(spool_id)
    return any(key in p.read_bytes() for p in (daemon.dir / "spool" / "meta").rglob("*") if p.is_file())


def test_an_orderly_stop_stores_it(start, make_peer):
    peer = make_peer({"connect": SILENT})
    daemon = deferred(start, peer, path="system_shutdown_timeout = '1s'")
    spool_id = send(daemon)
    peer.wait_sessions()
    assert not stored(daemon, spool_id)
    daemon.stop()
    peer.script.clear()
    daemon.restart()
    daemon.log.wait(type="Delivery", id=spool_id, seconds=30)
    assert len(peer.messages) == 1


@pytest.mark.parametrize("kind", ["RocksDB", "LocalDisk"])
def test_set_force_sync_flushes_where_the_store_does_not(start, peer, daemons, kind):
    daemon = start(policy(spool=f"kind = '{kind}', flush = false", events=route(peer.mx) + """
kumo.on('smtp_server_message_received', function(msg) msg:set_force_sync(msg:recipient().user == 'safe') end)"""))
    flushes = daemons.keep(FlushCounter(daemon.process.pid, daemons.dir))
    with daemon.session() as client:
        for _ in range(5):
            client.deliver("a@example.test", "b@example.test")
        assert flushes.count() == 0
        client.deliver("a@example.test", "safe@example.test")
        assert flushes.count() > 0
    flushes.close()
