"""Relaying is closed by default; relay_hosts, listener domains and authentication open it."""
import pytest

from harness.policy import policy, route

DOMAINS = """
kumo.on('get_listener_domain', function(domain, listener, conn_meta)
  if domain == 'inbound.test' then return kumo.make_listener_domain { relay_to = true } end
  if domain == 'from.test' then return kumo.make_listener_domain { relay_from = { '127.0.0.0/8' } } end
  if domain == 'reports.test' then return kumo.make_listener_domain { log_oob = true } end
end)
"""


def outcome(client, sender, recipient):
    client.expect("250", "RSET")
    client.expect("250", f"MAIL FROM:<{sender}>")
    return client.command(f"RCPT TO:<{recipient}>")


def test_a_foreign_client_may_not_relay(start, peer):
    daemon = start(policy("relay_hosts = {}", events=route(peer.mx)))
    with daemon.session() as client:
        reply = outcome(client, "a@example.test", "b@elsewhere.test")
        ip, port = client.socket.getsockname()
        assert (reply.code, reply.text) == (550, f"5.7.1 relaying not permitted for {ip}:{port}")
        client.expect("503 5.5.0 RCPT TO must be issued first", "DATA")
    daemon.log.wait(type="Rejection", id="", sender="a@example.test", recipient="b@elsewhere.test",
                    response={"code": 550, "command": "RCPT TO:<b@elsewhere.test>"})
    assert not peer.messages


def test_relay_hosts_may_relay_anywhere(start, peer):
    daemon = start(policy("relay_hosts = { '127.0.0.0/8' }", events=route(peer.mx)))
    with daemon.session() as client:
        client.deliver("a@example.test", "b@elsewhere.test")
    peer.wait_messages()


def test_loopback_relays_by_default(start, peer):
    daemon = start(policy(events=route(peer.mx)))
    with daemon.session() as client:
        client.deliver("a@example.test", "b@elsewhere.test")


@pytest.mark.parametrize("sender, recipient, code", [
    ("a@example.test", "b@inbound.test", 250), ("a@example.test", "b@INBOUND.test", 250), ("a@from.test", "b@elsewhere.test", 250),
    ("a@inbound.test", "b@elsewhere.test", 550), ("a@example.test", "b@from.test", 550), ("", "b@reports.test", 250),
])
def test_listener_domains(start, peer, sender, recipient, code):
    daemon = start(policy("relay_hosts = {}", events=route(peer.mx) + DOMAINS))
    with daemon.session() as client:
        assert outcome(client, sender, recipient).code == code


def test_what_is_no_report_is_refused_after_data_for_a_domain_that_only_takes_reports(start, peer):
    daemon = start(policy("relay_hosts = {}", events=route(peer.mx) + DOMAINS))
    with daemon.session() as client:
        client.envelope("a@example.test", "b@reports.test")
        reply = client.data("Subject: no report\n\nhello\n")
        assert (reply.code, reply.text) == (550, "5.7.1 relaying not permitted")


@pytest.mark.parametrize("says_so", [True, False])
def test_a_policy_that_forwards_has_to_say_so(start, peer, says_so):
    forward = f"""
kumo.on('smtp_server_message_received', function(msg, conn_meta)
  msg:set_recipient('team@elsewhere.test')
  conn_meta:set_meta('x_forward_to', {"'elsewhere.test'" if says_so else "'nowhere.test'"})
end)
kumo.on('get_listener_domain', function(domain, listener, conn_meta)
  local opens = domain == 'inbound.test' or domain == conn_meta:get_meta('x_forward_to')
  if opens then return kumo.make_listener_domain {{ relay_to = true }} end
end)
"""
    daemon = start(policy("relay_hosts = {}", events=route(peer.mx) + forward))
    with daemon.session() as client:
        client.envelope("a@example.test", "sales@inbound.test")
        reply = client.data("Subject: x\n\nbody\n")
    if says_so:
        assert reply.code == 250 and peer.wait_messages().recipients == ["team@elsewhere.test"]
    else:
        assert (reply.code, reply.text) == (550, "5.7.1 relaying not permitted")


def test_set_host_bits_in_relay_hosts_are_an_error(daemons):
    done = daemons.make(policy("relay_hosts = { '10.0.0.1/8' }")).run_once("--validate")
    assert done.returncode != 0
    assert "10.0.0.1/8" in done.stdout
