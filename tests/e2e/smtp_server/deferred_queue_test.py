"""deferred_queue: the client is answered first, the policy sees the message later."""
from harness.policy import policy, route

QUEUE = "deferred_smtp_inject.kumomta.internal"
HANDLER = """
kumo.on('smtp_server_message_received', function(msg) error('must not run') end)
kumo.on('smtp_server_message_deferred_inject', function(msg, conn_meta)
  {body}
end)
"""


def daemon_with(start, peer, body, listener=""):
    fields = "deferred_queue = true" + (", " + listener if listener else "")
    return start(policy(fields, events=route(peer.mx) + HANDLER.format(body=body), logs="meta = { 'x_*' }, headers = { 'X-Seen' }"))


def send(daemon):
    with daemon.session() as client:
        return client.deliver("a@example.test", "b@example.test")[0]


def test_the_message_goes_through_the_special_queue_and_on_to_its_own(start, peer):
    daemon = daemon_with(start, peer, """msg:set_meta('tenant', 't1') msg:prepend_header('X-Seen', conn_meta:get_meta('ehlo_domain'))
  msg:set_meta('x_protocol', conn_meta:get_meta('reception_protocol'))""")
    spool_id = send(daemon)
    assert daemon.log.wait(type="Reception", id=spool_id)["queue"] == QUEUE
    rebound = daemon.log.wait(type="DeferredInjectionRebind", id=spool_id)
    assert (rebound["queue"], rebound["site"]) == (QUEUE, f"unspecified->{QUEUE}@defersmtpinject")
    assert rebound["response"]["code"] == 250
    assert rebound["response"]["content"] == f"Rebound from {QUEUE} to t1@example.test: deferred injection"
    assert rebound["delivery_protocol"] == "DeferredSmtpInjection"
    delivery = daemon.log.wait(type="Delivery", id=spool_id)
    assert (delivery["queue"], delivery["num_attempts"], delivery["meta"]) == ("t1@example.test", 0, {"x_protocol": "ESMTP"})
    data = peer.wait_messages().data.decode()
    assert data.startswith("X-Seen: client.test\r\n") and "\r\nReceived: from client.test" in data and "X-KumoRef: " in data


def test_without_a_handler_the_message_goes_on_as_it_is(start, peer):
    daemon = start(policy("deferred_queue = true", events=route(peer.mx)))
    spool_id = send(daemon)
    daemon.log.wait(type="DeferredInjectionRebind", id=spool_id)
    daemon.log.wait(type="Delivery", id=spool_id, queue="example.test")


def test_a_refusal_bounces(start, peer):
    daemon = daemon_with(start, peer, "kumo.reject(554, '5.7.1 not this one')")
    spool_id = send(daemon)
    bounce = daemon.log.wait(type="Bounce", id=spool_id)
    assert (bounce["response"]["code"], bounce["response"]["content"]) == (554, "not this one")
    assert not peer.messages and not daemon.log.records(type="DeferredInjectionRebind")


def test_an_error_is_tried_again_also_after_a_restart(start, peer):
    daemon = daemon_with(start, peer, "error('no luck')")
    spool_id = send(daemon)
    failure = daemon.log.wait(type="TransientFailure", id=spool_id)
    assert failure["response"]["code"] == 451 and failure["queue"] == QUEUE
    daemon.set_policy(policy("deferred_queue = true", events=route(peer.mx) + HANDLER.format(body="")))
    daemon.restart()
    daemon.log.wait(type="Delivery", id=spool_id)
    assert len(peer.messages) == 1
