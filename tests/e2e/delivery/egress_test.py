"""Ways out: IPv6, LMTP, HAProxy, SOCKS5; and peers that do not offer what a path needs."""
import socket

import pytest

from harness.haproxy import HaProxy
from harness.policy import policy, route
from harness.socks5 import BIND, CONNECT, Socks5Proxy

BODY = "Subject: test\n\nbody\n"


def send(daemon, content=BODY):
    with daemon.session() as client:
        return client.deliver("a@example.test", "b@example.test", content)[0]


def from_source(fields):
    """Events that send through the source `out` with these fields."""
    return f"""
kumo.on('get_egress_pool', function(name)
  return kumo.make_egress_pool {{ name = name, entries = {{ {{ name = 'out' }} }} }}
end)
kumo.on('get_egress_source', function(name) return kumo.make_egress_source {{ name = name, {fields} }} end)
"""


@pytest.fixture
def peer6(make_peer):
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6 loopback address")
    return make_peer(address=("::1", 0))


def test_delivery_to_an_ipv6_literal(start, peer6):
    daemon = start(policy(events=route(peer6.mx)))
    spool_id = send(daemon)
    assert peer6.wait_messages().session.address[0] == "::1"
    assert daemon.log.wait(type="Delivery", id=spool_id)["peer_address"]["addr"] == "::1"


def test_delivery_to_a_host_that_has_ipv6_alone(start, peer6):
    zone = "$ORIGIN six.test.\n@ 60 IN MX 10 mx\nmx 60 IN AAAA ::1\n"
    daemon = start(policy(init=f"  kumo.dns.configure_test_resolver {{ [[{zone}]] }}\n", events=f"""
kumo.on('get_egress_path_config', function()
  return kumo.make_egress_path {{ enable_tls = 'Disabled', prohibited_hosts = {{}}, smtp_port = {peer6.port} }}
end)"""))
    with daemon.session() as client:
        client.deliver("a@example.test", "b@six.test")
    assert peer6.wait_messages().session.address[0] == "::1"


@pytest.mark.usefixtures("peer6")
def test_ipv6_relay_hosts(start, peer):
    daemon = start(policy("listen = '[::1]:0', relay_hosts = { '::1/128' }",
                          more_listeners=("listen = '[::1]:0', relay_hosts = { '2001:db8::/32' }",), events=route(peer.mx)))
    open_to_us, closed_to_us = daemon.listeners
    with daemon.session(address=open_to_us) as client:
        client.deliver("a@example.test", "b@example.test")
    assert "from client.test (::1)" in peer.wait_messages().headers.replace("[", "(").replace("]", ")")
    with daemon.session(address=closed_to_us) as client:
        client.expect("250", "MAIL FROM:<a@example.test>")
        assert client.command("RCPT TO:<b@example.test>").text.startswith("5.7.1 relaying not permitted for [::1]:")


def test_lmtp_has_a_verdict_for_each_recipient(start, make_peer):
    peer = make_peer(verdicts={"full@example.test": "552 5.2.2 mailbox full", "later@example.test": "450 4.2.0 busy"})
    daemon = start(policy("batch_handling = 'BatchByDomain'",
                          events=route(peer.mx, queue="retry_interval = '1h'", path="use_lmtp = true")))
    with daemon.session() as client:
        client.deliver("a@example.test", ["b@example.test", "full@example.test", "later@example.test"])
    assert daemon.log.wait(type="Delivery")["recipient"] == "b@example.test"
    assert daemon.log.wait(type="Bounce")["recipient"] == "full@example.test"
    assert daemon.log.wait(type="TransientFailure")["recipient"] == "later@example.test"
    assert daemon.log.wait(type="Delivery")["delivery_protocol"] == "LMTP"
    assert peer.sessions[0].verbs()[0] == "LHLO"


def test_through_haproxy(start, peer, daemons):
    proxy = daemons.keep(HaProxy(daemons.dir / "haproxy", source="127.0.0.8"))
    daemon = start(policy(events=route(peer.mx, queue="egress_pool = 'p'") + from_source(
        f"ha_proxy_server = '{proxy.address}', ha_proxy_source_address = '127.0.0.7'")))
    send(daemon)
    assert peer.wait_messages().session.address[0] == "127.0.0.8"
    record = daemon.log.wait(type="Delivery")
    assert record["source_address"] == {"address": "127.0.0.7:0", "server": proxy.address, "protocol": "haproxy"}
    assert record["peer_address"]["addr"] == "127.0.0.1"


@pytest.mark.parametrize("login", [None, ("user", "secret")], ids=["open", "with a login"])
def test_through_socks5(start, peer, daemons, login):
    proxy = daemons.keep(Socks5Proxy(login))
    fields = f"socks5_proxy_server = '{proxy.address}', socks5_proxy_source_address = '127.0.0.7'"
    if login:
        fields += ", socks5_proxy_username = 'user', socks5_proxy_password = { key_data = 'secret' }"
    daemon = start(policy(events=route(peer.mx, queue="egress_pool = 'p'") + from_source(fields)))
    send(daemon)
    assert peer.wait_messages().session.address[0] == "127.0.0.7"
    assert proxy.requests == [(BIND, "127.0.0.7", 0), (CONNECT, "127.0.0.1", peer.port)]
    assert proxy.logins == ([login] if login else [])
    record = daemon.log.wait(type="Delivery")
    assert record["source_address"] == {"address": "127.0.0.7:0", "server": proxy.address, "protocol": "socks5"}


def test_a_wrong_login_at_the_proxy_is_a_temporary_failure(start, peer, daemons):
    proxy = daemons.keep(Socks5Proxy(("user", "other")))
    daemon = start(policy(events=route(peer.mx, queue="egress_pool = 'p', retry_interval = '1h'") + from_source(
        f"socks5_proxy_server = '{proxy.address}', socks5_proxy_source_address = '127.0.0.7', "
        "socks5_proxy_username = 'user', socks5_proxy_password = { key_data = 'secret' }")))
    record = daemon.log.wait(type="TransientFailure", id=send(daemon))
    assert "the proxy refused user name or password" in record["response"]["content"]
    assert "Is the proxy infrastructure online and healthy?" in record["response"]["content"]
    assert not peer.sessions


def test_keys_from_a_vault_are_refused_at_once(daemons, peer):
    done = daemons.make(policy("tls_certificate = { vault_mount = 'secret', vault_path = 'x' }", events=route(peer.mx))).run_once()
    assert done.returncode not in (0, 99)
    assert "tls_certificate: this server has no vault client; use a file name or key_data" in done.stdout


def test_a_peer_without_auth_gets_no_credentials(start, make_peer):
    peer = make_peer(extensions=("AUTH CRAM-MD5",))
    daemon = start(policy(events=route(peer.mx, queue="retry_interval = '1h'", path="""smtp_auth_plain_username = 'user',
      smtp_auth_plain_password = { key_data = 'secret' }, allow_smtp_auth_plain_without_tls = true""")))
    record = daemon.log.wait(type="TransientFailure", id=send(daemon))
    assert "AUTH PLAIN is required but not advertised by" in record["response"]["content"]
    assert not [c for s in peer.sessions for c in s.commands if c.startswith(("AUTH", "MAIL"))]


def test_a_message_above_the_limit_of_the_peer_bounces_unsent(start, make_peer):
    peer = make_peer(extensions=("PIPELINING", "SIZE 2000"))
    daemon = start(policy(events=route(peer.mx)))
    spool_id = send(daemon, BODY + "x" * 70 + "\n" + ("y" * 70 + "\n") * 40)
    record = daemon.log.wait(type="Bounce", id=spool_id)
    assert record["response"]["code"] == 552
    assert record["response"]["enhanced_code"] == {"class": 5, "subject": 3, "detail": 4}
    assert record["response"]["content"].endswith("is larger than the 2000 that the destination takes")
    send(daemon)
    assert len(peer.wait_messages().data) < 2000
    assert "MAIL FROM:<a@example.test> SIZE=" in "".join(peer.messages[0].session.commands)


def pool_of(first, second=""):
    """Two sources that take turns, with these fields."""
    return f"""
kumo.on('get_egress_pool', function(name)
  return kumo.make_egress_pool {{ name = name, entries = {{ {{ name = 'first' }}, {{ name = 'second' }} }} }}
end)
kumo.on('get_egress_source', function(name)
  if name == 'first' then return kumo.make_egress_source {{ name = name, {first} }} end
  return kumo.make_egress_source {{ name = name, {second} }}
end)
"""


@pytest.mark.parametrize("broken, said", [
    ("source_address = '192.0.2.7', suspend_when_unplumbed = { duration = '1h' }", "Unplumbed"),
    ("socks5_proxy_server = '127.0.0.1:1', socks5_proxy_source_address = '127.0.0.1', suspend_when_proxy_unhealthy = { duration = '1h' }",
     "ProxyUnhealthy"),
], ids=["unplumbed", "proxy"])
def test_a_source_that_cannot_send_is_left_out(start, peer, broken, said):
    daemon = start(policy(events=route(peer.mx, queue="egress_pool = 'pool'") + pool_of(broken)))
    with daemon.session() as client:
        for _ in range(5):
            client.deliver("a@example.test", "b@example.test")
    assert {r["egress_source"] for r in daemon.log.wait(type="Delivery", count=5, seconds=20)} == {"second"}
    daemon.wait_for_diagnostic(rf"WARN .*first.*{said}|WARN .*{said}.*first")


def test_the_port_of_a_source_comes_first(start, peer):
    port = f"remote_port = {peer.port}"
    daemon = start(policy(events=route("[127.0.0.1]:1", queue="egress_pool = 'pool'", path="smtp_port = 2") + pool_of(port, port)))
    with daemon.session() as client:
        client.deliver("a@example.test", "b@example.test")
    peer.wait_messages()
