"""pre_init, init, validate_config and the filter of a log."""
from harness.policy import policy, route


def test_pre_init_handlers_run_in_order_before_init(start, peer):
    daemon = start(policy(events=route(peer.mx), head="""
kumo.on('pre_init', function() print 'first handler' end)
kumo.on('pre_init', function() print 'second handler' end)""", init="  print 'init runs'\n"))
    said = daemon.process.own_output()
    assert said.index("first handler") < said.index("second handler") < said.index("init runs")


def test_an_error_in_pre_init_prevents_the_start(daemons):
    done = daemons.make(policy(head="kumo.on('pre_init', function() error 'no license' end)")).run_once()
    assert done.returncode not in (0, 99)
    assert "no license" in done.stdout and "policy.lua:" in done.stdout


CHECKS = """
kumo.on('validate_config', function() print('validating ' .. tostring(_VALIDATING_CONFIG)) end)
kumo.on('validate_config', function() if %s then print 'pool0 is missing' kumo.validation_failed() end end)"""


def test_validate_config_is_asked_under_validate_alone(start, daemons, peer):
    done = daemons.make(policy(events=CHECKS % "true")).run_once("--validate")
    assert done.returncode not in (0, 99)
    assert "validating true" in done.stdout and "pool0 is missing" in done.stdout
    done = daemons.make(policy(events=CHECKS % "false")).run_once("--validate")
    assert done.returncode == 0, done.stdout
    running = start(policy(events=route(peer.mx) + CHECKS % "true"))
    assert "validating" not in running.process.own_output()


def test_filter_event_chooses_the_records_of_a_log(start, peer):
    daemon = start(policy(logs="filter_event = 'keep_record'", events=route(peer.mx) + """
kumo.on('keep_record', function(msg) return msg:recipient().user == 'keep' end)"""))
    with daemon.session() as client:
        client.deliver("a@example.test", "drop@example.test")
        client.deliver("a@example.test", "keep@example.test")
    daemon.log.wait(type="Delivery", recipient="keep@example.test")
    peer.wait_messages(2)
    daemon.stop()
    assert {r["recipient"] for r in daemon.log.records()} == {"keep@example.test"}


def test_throttle_insert_ready_queue_holds_a_message(start, peer):
    daemon = start(policy(logs="meta = { 'x_*' }", events=route(peer.mx) + """
kumo.on('throttle_insert_ready_queue', function(msg)
  if msg:get_meta 'x_held' then return end
  msg:set_meta('x_held', true)
  msg:set_due(os.date('!%Y-%m-%dT%H:%M:%SZ', os.time() + 2))
end)
kumo.on('throttle_insert_ready_queue', function(msg) msg:set_meta('x_second', true) end)"""))
    with daemon.session() as client:
        client.deliver("a@example.test", "b@example.test")
    held = daemon.log.wait(type="Delayed")
    assert held["response"]["content"].startswith("Context: ThrottledByThrottleInsertReadyQueue. Next due in ")
    delivered = daemon.log.wait(type="Delivery", seconds=20)
    assert delivered["timestamp"] >= held["timestamp"] and delivered["num_attempts"] == 0
