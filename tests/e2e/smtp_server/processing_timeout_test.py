"""data_processing_timeout: a message that took too long to process is not taken, and the reply says which phase it was."""
from harness.policy import policy, route

SLOW = "kumo.sleep(60)"


def send(daemon, sender="a@example.test"):
    with daemon.session(timeout=30) as client:
        client.envelope(sender, "b@example.test")
        return str(client.data("Subject: x\n\nbody\n"))


def test_a_slow_policy(start, peer):
    slow = f"kumo.on('smtp_server_message_received', function(msg) if msg:sender().user == 'slow' then {SLOW} end end)\n"
    daemon = start(policy("data_processing_timeout = '500ms'", events=route(peer.mx) + slow))
    assert send(daemon, "slow@example.test") == "451 4.4.5 data_processing_timeout exceeded (rx)"
    daemon.log.wait(type="Rejection", response={"code": 451})
    assert send(daemon).startswith("250")
    daemon.log.wait(type="Delivery")
    assert len(peer.messages) == 1
    assert len(daemon.log.records(type="Reception")) == 1


def test_a_slow_queue_configuration(start, peer):
    slow = f"kumo.on('get_queue_config', function() {SLOW} end)\n"
    daemon = start(policy("data_processing_timeout = '500ms'", events=slow + route(peer.mx)))
    assert send(daemon) == "451 4.4.5 data_processing_timeout exceeded (resolve)"
    daemon.log.wait(type="Rejection", response={"code": 451})
    assert not daemon.log.records(type="Reception")
