"""An orderly stop ends soon, whatever the queues and their destinations are at."""
from harness.peer import SILENT
from harness.policy import policy, route


def send(daemon, count):
    with daemon.session() as client:
        return [client.deliver("a@example.test", "b@example.test")[0] for _ in range(count)]


def test_a_host_that_never_greets_does_not_hold_the_stop(start, make_peer):
    peer = make_peer({"connect": [SILENT, "220 peer.test ready"]})
    daemon = start(policy(events=route(peer.mx, path="banner_timeout = '10m', connection_limit = 1")))
    [spool_id] = send(daemon, 1)
    peer.wait_sessions(1)
    daemon.restart()  # fails when the stop takes half a minute
    assert daemon.log.wait(type="Delivery", id=spool_id)["num_attempts"] == 0


def test_what_a_refusing_destination_has_left_in_the_queue_survives_the_stop(start, make_peer):
    peer = make_peer({"connect": "554 5.3.2 closed"})
    daemon = start(policy(events=route(
        peer.mx, queue="retry_interval = '1h'", path="consecutive_connection_failures_before_delay = 0, connection_limit = 1")))
    ids = send(daemon, 200)
    daemon.log.wait(type="TransientFailure")
    daemon.stop()
    daemon.set_policy(policy(events=route(peer.mx)))
    peer.script.clear()
    daemon.start()
    delivered = daemon.log.wait(type="Delivery", count=len(ids), seconds=60)
    assert sorted(r["id"] for r in delivered) == sorted(ids)
