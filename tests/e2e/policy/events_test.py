"""Events and what their handlers may do; errors in scripts."""
import re

import pytest

from harness.policy import policy, route

EVENTS = {
    "smtp_server_connection_accepted": "", "smtp_server_ehlo": "EHLO client.test",
    "smtp_server_mail_from": "MAIL FROM:<a@example.test>", "smtp_server_rcpt_to": "RCPT TO:<b@example.test>",
}


def stages(daemon):
    """The replies up to the first that is no success."""
    with daemon.smtp() as client:
        reply = client.reply()
        for command in ("EHLO client.test", "MAIL FROM:<a@example.test>", "RCPT TO:<b@example.test>"):
            if reply.code >= 400:
                return reply, client.is_closed(1)
            reply = client.command(command)
        if reply.code >= 400:
            return reply, client.is_closed(1)
        reply = client.data("Subject: x\n\nbody\n")
        return reply, client.is_closed(1) if reply.code >= 400 else False


@pytest.mark.parametrize("event", [*EVENTS, "smtp_server_message_received"])
@pytest.mark.parametrize("code", [451, 550])
def test_reject_answers_with_its_code_and_text(start, peer, event, code):
    daemon = start(policy(events=route(peer.mx) + f"kumo.on('{event}', function() kumo.reject({code}, 'no, thanks') end)"))
    reply, closed = stages(daemon)
    assert (reply.code, reply.text) == (code, "no, thanks")
    assert not closed or event == "smtp_server_connection_accepted"
    assert not peer.messages
    record = daemon.log.wait(type="Rejection")
    assert record["response"]["code"] == code


@pytest.mark.parametrize("event", [*EVENTS, "smtp_server_message_received"])
def test_an_error_is_a_temporary_failure_and_ends_the_session(start, peer, event):
    daemon = start(policy(events=route(peer.mx) + f"kumo.on('{event}', function() error 'out of cheese' end)"))
    reply, closed = stages(daemon)
    assert (reply.code, reply.text) == (421, "4.3.0 mx.test technical difficulties")
    assert closed
    daemon.wait_for_diagnostic(r"policy\.lua:\d+.*out of cheese")
    assert not peer.messages


def test_reject_421_disconnects_and_survives_pcall(start, peer):
    daemon = start(policy(events=route(peer.mx) + """
kumo.on('smtp_server_mail_from', function()
  local ok, err = pcall(kumo.reject, 421, 'go away')
  assert(not ok and tostring(err) == '421 go away', tostring(err))
  error(err)
end)"""))
    reply, closed = stages(daemon)
    assert (reply.code, reply.text, closed) == (421, "go away", True)


def test_a_runaway_script_is_stopped(start, peer):
    daemon = start(policy(events=route(peer.mx) + "kumo.on('smtp_server_mail_from', function() while true do end end)"))
    with daemon.session(timeout=60) as client:
        reply = client.command("MAIL FROM:<a@example.test>")
        assert (reply.code, reply.text) == (421, "4.3.0 mx.test technical difficulties")
    with daemon.session() as client:
        client.expect("250", "NOOP")


def test_a_greedy_script_is_stopped(start, peer):
    daemon = start(policy(events=route(peer.mx) + """
kumo.on('smtp_server_mail_from', function() local t = {} while true do t[#t + 1] = string.rep('x', 1000000) .. #t end end)"""))
    with daemon.session(timeout=60) as client:
        assert client.command("MAIL FROM:<a@example.test>").code == 421
    with daemon.session() as client:
        client.expect("250", "NOOP")


def test_a_script_that_waits_blocks_nobody(start, peer):
    daemon = start(policy(events=route(peer.mx) + """
kumo.on('smtp_server_mail_from', function(sender)
  if sender.user == 'slow' then kumo.sleep(2) end
end)"""))
    slow, quick = daemon.session(), daemon.session()
    slow.send("MAIL FROM:<slow@example.test>\r\n")
    for _ in range(20):  # more sessions than loops: one of them shares the loop of the slow one
        with daemon.session() as client:
            client.deliver("a@example.test", "b@example.test")
    slow.socket.settimeout(0.01)
    with pytest.raises(TimeoutError):
        slow.socket.recv(1)
    slow.socket.settimeout(10)
    slow.expect("250")
    for client in (slow, quick):
        client.close()


def test_handlers_see_addresses_and_metadata(start, peer):
    daemon = start(policy(events=route(peer.mx) + """
kumo.on('smtp_server_ehlo', function(domain, conn_meta) conn_meta:set_meta('x_ehlo', domain) end)
kumo.on('smtp_server_mail_from', function(sender, conn_meta)
  conn_meta:set_meta('x_sender', sender.user .. ' at ' .. sender.domain .. ' = ' .. tostring(sender))
end)
kumo.on('smtp_server_message_received', function(msg, conn_meta)
  msg:set_meta('x_recipient', tostring(msg:recipient()))
  msg:set_meta('x_from', conn_meta:get_meta 'received_from')
  msg:append_header('X-Added', 'by policy')
  msg:prepend_header('X-First', msg:id())
end)""", logs="meta = { 'x_*' }"))
    with daemon.session(ehlo="name.test") as client:
        [spool_id] = client.deliver("a@example.test", "b@example.test")
    headers = peer.wait_messages().headers
    assert "X-Added: by policy" in headers and f"X-First: {spool_id}" in headers
    meta = daemon.log.wait(type="Delivery")["meta"]
    assert meta["x_ehlo"] == "name.test" and meta["x_sender"] == "a at example.test = a@example.test"
    assert meta["x_recipient"] == "b@example.test" and re.match(r"127\.0\.0\.1:\d+$", meta["x_from"])


def test_a_message_for_many_is_received_once_per_recipient(start, peer):
    daemon = start(policy(events=route(peer.mx) + """
kumo.on('smtp_server_message_received', function(msg)
  if msg:recipient().user == 'bad' then kumo.reject(550, 'not this one') end
end)"""))
    with daemon.session() as client:
        client.envelope("a@example.test", "b@example.test", "bad@example.test", "c@example.test")
        reply = client.data("Subject: x\n\nbody\n")
        assert re.fullmatch(r"250 PARTIAL ids=[0-9a-f]{32} [0-9a-f]{32}", str(reply))
    assert {tuple(m.recipients) for m in peer.wait_messages(2)} == {("b@example.test",), ("c@example.test",)}


def test_custom_lua_delivery(start):
    daemon = start(policy(events="""
kumo.on('get_queue_config', function()
  return kumo.make_queue_config { retry_interval = '1s', protocol = { custom_lua = { constructor = 'make.test' } } }
end)
kumo.on('make.test', function(domain, tenant, campaign)
  local connection = { count = 0 }
  function connection:send(msg)
    self.count = self.count + 1
    local user = msg:recipient().user
    if user == 'reject' then kumo.reject(550, 'no such user') end
    if user == 'later' and msg:num_attempts() == 0 then kumo.reject(451, 'later') end
    if user == 'fail' then error 'boom' end
    return 'sent to ' .. domain
  end
  function connection:close() end
  return connection
end)"""))
    with daemon.session() as client:
        for user in ("good", "reject", "later", "fail"):
            client.deliver("a@example.test", f"{user}@example.test")
    good = daemon.log.wait(type="Delivery", recipient="good@example.test")
    assert (good["response"]["code"], good["response"]["content"]) == (200, "sent to example.test")
    assert good["site"] == "unspecified->example.test@lua:make.test" and good["delivery_protocol"] == "Lua"
    assert good["peer_address"] == {"name": "Lua via make.test", "addr": "0.0.0.0"}
    assert daemon.log.wait(type="Bounce", recipient="reject@example.test")["response"]["code"] == 550
    daemon.log.wait(type="TransientFailure", recipient="later@example.test", response={"code": 451})
    daemon.log.wait(type="Delivery", recipient="later@example.test", seconds=15)
    failed = daemon.log.wait(type="TransientFailure", recipient="fail@example.test")
    assert failed["response"]["code"] == 400
    assert failed["response"]["content"].startswith("KumoMTA internal: error in deliver_message: ")


def test_a_queue_config_error_defers_and_does_not_lose(start, peer):
    daemon = start(policy(events="kumo.on('get_queue_config', function() error 'no config' end)"))
    with daemon.session() as client:
        client.envelope("a@example.test", "b@example.test")
        reply = client.data("Subject: x\n\nbody\n")
    if reply.code == 250:
        daemon.log.wait(type="TransientFailure")
    else:
        assert 400 <= reply.code < 500
