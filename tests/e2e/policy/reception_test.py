"""Events of reception beside those that answer a command."""
import re

from harness.policy import policy, route


def test_metadata_of_the_data_event_reaches_the_messages(start, peer):
    daemon = start(policy(logs="meta = { 'x_*' }", events=route(peer.mx) + """
kumo.on('smtp_server_data', function(msg, conn_meta)
  assert(#msg:recipient_list() == 2)
  msg:set_meta('x_seen', conn_meta:get_meta 'ehlo_domain')
  msg:set_meta('tenant', 'acme')
  msg:prepend_header('X-Whole', 'yes')
end)
kumo.on('smtp_server_message_received', function(msg) msg:set_meta('x_copied', msg:get_meta 'x_seen') end)"""))
    with daemon.session(ehlo="name.test") as client:
        assert len(client.deliver("a@example.test", ["b@example.test", "c@example.test"])) == 2
    for record in daemon.log.wait(type="Delivery", count=2):
        assert record["meta"] == {"x_seen": "name.test", "x_copied": "name.test"}
        assert record["queue"] == "acme@example.test"
    assert all("X-Whole: yes" in m.headers for m in peer.wait_messages(2))


def test_the_schedule_of_the_data_event_is_that_of_every_message(start, peer):
    daemon = start(policy(events=route(peer.mx) + """
kumo.on('smtp_server_data', function(msg)
  msg:set_scheduling { first_attempt = '2199-01-01T00:00:00Z', expires = '2199-01-02T00:00:00Z' }
end)
kumo.on('smtp_server_message_received', function(msg)
  if msg:recipient().user == 'now' then msg:set_scheduling(nil) end
end)"""))
    with daemon.session() as client:
        _, later, _ = client.deliver("a@example.test", ["now@example.test", "b@example.test", "c@other.test"])
    for record in daemon.log.wait(type="Delayed", count=2):
        assert "ScheduledForLater" in record["response"]["content"] and "2199-01-01" in record["response"]["content"], record
    daemon.log.wait(type="Delivery", recipient="now@example.test")
    daemon.restart()  # it is in the spool as well
    daemon.wait_for_diagnostic("spool listed")
    assert "2199-01-01" in daemon.console.run(f"message details {later}")
    assert [m.recipients for m in peer.messages] == [["now@example.test"]]


def test_the_data_event_may_change_the_envelope_and_refuse(start, peer):
    daemon = start(policy(events=route(peer.mx) + """
kumo.on('smtp_server_data', function(msg)
  if msg:get_data():find 'refuse' then kumo.reject(554, '5.7.1 not that') end
  msg:set_sender('changed@example.test')
end)"""))
    with daemon.session() as client:
        client.envelope("a@example.test", "b@example.test")
        assert str(client.data("Subject: x\n\nrefuse\n")) == "554 5.7.1 not that"
        client.deliver("a@example.test", "b@example.test")
    assert peer.wait_messages().sender == "changed@example.test"


def test_dynamic_parameters_go_over_the_listener(start, peer):
    daemon = start(policy("max_message_size = 5000", events=route(peer.mx) + """
kumo.on('smtp_server_get_dynamic_parameters', function(listener, conn_meta)
  assert(listener:find '127.0.0.1:', listener)
  return { banner = 'for ' .. conn_meta:get_meta('received_from'):match '^[^:]+', max_message_size = 1000 }
end)"""))
    with daemon.smtp() as client:
        client.expect("220 mx.test for 127.0.0.1")
        assert "SIZE 1000" in client.command("EHLO client.test").lines
        client.expect("552 5.3.4 message too big", "MAIL FROM:<a@example.test> SIZE=1001")


def test_wrong_dynamic_parameters_are_a_temporary_failure(start, peer):
    daemon = start(policy(events=route(peer.mx) + """
kumo.on('smtp_server_get_dynamic_parameters', function() return { baner = 'x' } end)"""))
    with daemon.smtp() as client:
        client.expect("421 4.3.0 mx.test technical difficulties")
    daemon.wait_for_diagnostic("baner.*banner")


def test_the_policy_splits_a_transaction(start, peer):
    daemon = start(policy(events=route(peer.mx) + """
kumo.on('smtp_server_split_transaction', function(msg, conn_meta)
  local one, two = {}, {}
  for _, rcpt in ipairs(msg:recipient_list()) do table.insert(rcpt.user < 'm' and one or two, rcpt) end
  return { one, two }
end)"""))
    with daemon.session() as client:
        client.envelope("a@example.test", "b@example.test", "x@example.test", "c@example.test", "y@example.test")
        assert re.fullmatch("250 OK ids=[0-9a-f]{32} [0-9a-f]{32}", str(client.data("Subject: x\n\nbody\n")))
    assert {tuple(m.recipients) for m in peer.wait_messages(2)} == {
        ("b@example.test", "c@example.test"), ("x@example.test", "y@example.test")}


def test_nil_leaves_the_split_to_batch_handling(start, peer):
    daemon = start(policy("batch_handling = 'BatchByDomain'", events=route(peer.mx) + """
kumo.on('smtp_server_split_transaction', function() return nil end)"""))
    with daemon.session() as client:
        client.deliver("a@example.test", ["b@example.test", "c@example.test", "d@other.test"])
    assert {tuple(m.recipients) for m in peer.wait_messages(2)} == {("b@example.test", "c@example.test"), ("d@other.test",)}
