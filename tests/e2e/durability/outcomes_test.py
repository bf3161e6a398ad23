"""Who has had a message does not get it again, however the server ends."""
from harness.policy import policy, route


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
