"""A delivery session that gets nowhere is ended, and its message waits."""
from harness import http
from harness.peer import SILENT
from harness.policy import policy, route
from harness.waiting import wait_until


def send(daemon, count=1):
    with daemon.session() as client:
        return [client.deliver("a@example.test", "b@example.test")[0] for _ in range(count)]


def aborted(daemon, service):
    return http.metric(daemon, "dispatcher_watchdog_aborted_total", service=service)


def test_a_peer_that_says_nothing(start, make_peer):
    peer = make_peer({"RCPT": [SILENT, "250 ok"]})
    daemon = start(policy(init=http.listener(), events=route(
        peer.mx, path="dispatcher_progress_watchdog_timeout = '2s', rcpt_to_timeout = '10m', connection_limit = 1")))
    [spool_id, other] = send(daemon, 2)
    record = daemon.log.wait(type="Delayed", id=spool_id, seconds=30)
    assert (record["response"]["code"], record["response"]["enhanced_code"]) == (451, {"class": 4, "subject": 4, "detail": 1})
    assert "dispatcher watchdog aborted task; phase=deliver detail=\"" in record["response"]["content"]
    daemon.wait_for_diagnostic("dispatcher watchdog aborted task")
    assert aborted(daemon, "smtp_client") == 1
    for one in (spool_id, other):
        daemon.log.wait(type="Delivery", id=one, seconds=30)
    assert len(peer.messages) == 2


def test_a_policy_that_never_answers(start):
    daemon = start(policy(init=http.listener(), events="""
kumo.on('get_queue_config', function()
  return kumo.make_queue_config { protocol = { custom_lua = { constructor = 'make.it' } }, retry_interval = '1s' }
end)
kumo.on('get_egress_path_config', function()
  return kumo.make_egress_path { dispatcher_progress_watchdog_timeout = '2s' }
end)
kumo.on('make.it', function()
  return { send = function(_, msg)
    if msg:num_attempts() == 0 then kumo.sleep(3600) end
    return 'done'
  end }
end)
"""))
    [spool_id] = send(daemon)
    record = daemon.log.wait(type="Delayed", id=spool_id, seconds=30)
    assert "dispatcher watchdog aborted task" in record["response"]["content"]
    assert aborted(daemon, "lua") == 1
    daemon.log.wait(type="Delivery", id=spool_id, seconds=30)
    wait_until(lambda: http.metric(daemon, "message_count") == 0, "the queues are empty")
