"""From domain to hosts: zones, name servers, preference, implicit and null MX, literals, ports."""
import pytest

from harness.nsd import PROGRAM as NSD
from harness.policy import policy, queue_events, zones

ZONE = """$ORIGIN example.test.
@ 300 SOA ns host 1 2 3 4 60
@ MX 20 second
@ MX 10 first
first A 127.0.0.1
second A 127.0.0.2
plain A 127.0.0.1
null MX 0 .
nohost MX 10 nowhere
"""


def daemon_for(start, peer, path="", zone=ZONE):
    return start(policy(init=zones(zone), events=queue_events(path=f"smtp_port = {peer.port}, {path}")))


def send(daemon, domain):
    with daemon.session() as client:
        return client.deliver("a@sender.test", f"b@{domain}")[0]


def test_the_site_is_named_after_the_mx_hosts(start, peer):
    daemon = daemon_for(start, peer)
    record = daemon.log.wait(type="Delivery", id=send(daemon, "example.test"))
    assert record["site"] == "unspecified->(first|second).example.test@smtp_client"
    assert record["peer_address"]["name"].rstrip(".") == "first.example.test"
    assert record["peer_address"]["addr"] == "127.0.0.1"


def test_the_next_preference_serves_when_the_first_is_down(start, make_peer):
    peer = make_peer(address=("127.0.0.2", 0))
    daemon = daemon_for(start, peer)
    record = daemon.log.wait(type="Delivery", id=send(daemon, "example.test"), seconds=15)
    assert record["peer_address"]["addr"] == "127.0.0.2"


def test_a_domain_without_mx_is_its_own_host(start, peer):
    daemon = daemon_for(start, peer)
    record = daemon.log.wait(type="Delivery", id=send(daemon, "plain.example.test"))
    assert record["site"] == "unspecified->plain.example.test@smtp_client"


def test_null_mx(start, peer):
    daemon = daemon_for(start, peer)
    record = daemon.log.wait(type="Bounce", id=send(daemon, "null.example.test"))
    assert record["response"]["code"] == 556
    assert record["response"]["enhanced_code"] == {"class": 5, "subject": 1, "detail": 10}
    assert record["response"]["content"] == "Recipient address has a null MX"


def test_an_mx_without_addresses(start, peer):
    daemon = daemon_for(start, peer)
    record = daemon.log.wait(type="TransientFailure", id=send(daemon, "nohost.example.test"))
    assert (record["response"]["code"], record["response"]["content"]) == (451, "MX didn't resolve to any hosts")


def test_a_domain_that_does_not_exist(start, peer):
    daemon = daemon_for(start, peer)
    record = daemon.log.wait(type="TransientFailure", id=send(daemon, "nowhere.example.test"))
    assert record["response"]["code"] == 451
    assert record["response"]["content"].startswith("failed to resolve queue nowhere.example.test: ")
    assert "NXDOMAIN" in record["response"]["content"]


def test_an_address_literal(start, peer):
    daemon = daemon_for(start, peer)
    record = daemon.log.wait(type="Delivery", id=send(daemon, "[127.0.0.1]"))
    assert record["site"] == "unspecified->127.0.0.1@smtp_client"


def test_a_routing_domain_with_a_port(start, peer):
    daemon = start(policy(init=zones(ZONE), events=queue_events() + f"""
kumo.on('smtp_server_message_received', function(msg) msg:set_meta('routing_domain', 'plain.example.test:{peer.port}') end)
"""))
    record = daemon.log.wait(type="Delivery", id=send(daemon, "anything.test"))
    assert record["queue"] == f"anything.test!plain.example.test:{peer.port}"
    assert record["site"] == f"unspecified->plain:{peer.port}.example.test@smtp_client"


def test_domains_that_share_their_hosts_share_a_site(start, peer):
    zone = ZONE + "other MX 10 first.example.test.\nother MX 20 second.example.test.\n"
    daemon = daemon_for(start, peer, zone=zone)
    sites = {daemon.log.wait(type="Delivery", id=send(daemon, d))["site"] for d in ("example.test", "other.example.test")}
    assert len(sites) == 1


@pytest.mark.skipif(NSD is None, reason="nsd is not installed")
def test_a_real_name_server(start, peer, make_name_server):
    server = make_name_server({"example.test": "@ MX 10 first\nfirst A 127.0.0.1\n"})
    daemon = start(policy(init=f"  kumo.dns.configure_resolver {{ name_servers = {{ '{server.address}' }} }}\n",
                          events=queue_events(path=f"smtp_port = {peer.port}")))
    record = daemon.log.wait(type="Delivery", id=send(daemon, "example.test"))
    assert record["site"] == "unspecified->first.example.test@smtp_client"
