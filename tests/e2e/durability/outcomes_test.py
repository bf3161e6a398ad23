"""Who has had a message does not get it again, however the server ends."""
from harness.peer import SILENT
from harness.policy import policy, route
from harness.waiting import wait_until


def test_a_killed_server_does_not_send_again_to_recipients_that_were_served(start, make_peer):
    # b is refused for now; the event that is asked then never ends, and the server is killed in it.
    peer = make_peer({"RCPT": lambda line: "450 4.2.1 later" if "b@" in line else "250 ok"})
    hanging = "kumo.on('requeue_message', function() kumo.sleep(600) end)"
    routes = route(peer.mx, queue="retry_interval = '1s'")
    daemon = start(policy(listener="batch_handling = 'BatchByDomain'", events=routes + hanging))
    with daemon.session() as client:
        client.deliver("a@example.test", ["a@example.test", "b@example.test"])
    daemon.log.wait(type="TransientFailure", recipient="b@example.test")
    daemon.kill()
    assert [m.recipients for m in peer.messages] == [["a@example.test"]]
    peer.script.clear()
    daemon.set_policy(policy(listener="batch_handling = 'BatchByDomain'", events=routes))
    daemon.restart()
    peer.wait_messages(2, 60)
    assert [m.recipients for m in peer.messages] == [["a@example.test"], ["b@example.test"]]


def test_each_batch_of_recipients_is_on_disk_before_the_next_one_begins(start, make_peer):
    # The peer takes a, refuses b for ever, and is silent at c; the server is killed there.
    peer = make_peer({"RCPT": lambda line: {"b@": "550 5.1.1 no", "c@": SILENT}.get(line[9:11], "250 ok")})
    texts = policy(listener="batch_handling = 'BatchByDomain'", events=route(peer.mx, path="max_recipients_per_batch = 1"))
    daemon = start(texts)
    with daemon.session() as client:
        [spool_id] = client.deliver("a@example.test", [f"{name}@example.test" for name in "abcd"])
    daemon.log.wait(type="Delivery", id=spool_id, recipient="a@example.test")
    daemon.log.wait(type="Bounce", id=spool_id, recipient="b@example.test")
    wait_until(lambda: any("c@" in c for s in peer.sessions for c in s.commands), peer.describe)
    daemon.kill()
    peer.script.clear()
    daemon.restart()
    peer.wait_messages(3, 60)
    assert [m.recipients for m in peer.messages] == [["a@example.test"], ["c@example.test"], ["d@example.test"]]


def test_a_failure_in_an_early_batch_is_tried_again_with_the_rest_done(start, make_peer):
    later = iter([True])
    peer = make_peer({"RCPT": lambda line: "450 4.2.1 later" if "b@" in line and next(later, False) else "250 ok"})
    daemon = start(policy(listener="batch_handling = 'BatchByDomain'",
                          events=route(peer.mx, path="max_recipients_per_batch = 2")))
    with daemon.session() as client:
        client.deliver("a@example.test", [f"{name}@example.test" for name in "abcde"])
    peer.wait_messages(4, 30)
    assert [m.recipients for m in peer.messages] == [["a@example.test"], ["c@example.test", "d@example.test"],
                                                     ["e@example.test"], ["b@example.test"]]
    daemon.log.wait(type="TransientFailure", recipient="b@example.test", count=1)
    daemon.log.wait(type="Delivery", recipient="b@example.test")
