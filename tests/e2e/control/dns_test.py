"""Commands about name look-ups, with a real name server."""
import collections
import re
import socket

import pytest

from harness.nsd import NameServer
from harness.policy import policy, queue_events
from harness.waiting import wait_until

ZONE = """@ MX 20 mx-b
@ MX 10 mx-a
mx-a A 127.0.0.1
mx-b A 127.0.0.1
@ TXT "v=spf1 -all"
"""

# Another domain with the same exchangers.
NEAR = """@ MX 10 mx-a.names.test.
@ MX 20 mx-b.names.test.
"""


@pytest.fixture
def server(tmp_path):
    with_zone = NameServer(tmp_path / "nsd", {"names.test": ZONE, "near.test": NEAR})
    yield with_zone
    with_zone.close()


def resolving(start, server, events=""):
    return start(policy(init=f"  kumo.dns.configure_resolver {{ name_servers = {{ '{server.address}' }} }}\n", events=events))


def test_the_cache_shows_what_was_looked_up(start, server):
    daemon = resolving(start, server)
    missing = "Cached result not found, try a submit.\n"
    assert daemon.console.run("dns_cache lookup names.test MX") == missing
    daemon.console.run("dig names.test", "dns_cache submit mx-a.names.test A", "dns_cache submit names.test TXT")
    lines = daemon.console.run("dns_cache lookup names.test MX").splitlines()
    assert [line.split()[-2:] for line in lines] == [["10", "mx-a.names.test."], ["20", "mx-b.names.test."]]
    [row] = daemon.console.rows("dns_cache lookup mx-a.names.test X")
    assert (row["name"], row["type"], row["data"]) == ("mx-a.names.test.", "A", "127.0.0.1") and 0 < row["ttl"] <= 60
    assert daemon.console.rows("dns_cache lookup names.test TXT")[0]["data"] == '"v=spf1 -all"'
    assert daemon.console.run("dns_cache lookup names.test AAAA") == missing


def test_refcnts_lists_what_is_cached(start, server):
    daemon = resolving(start, server)
    assert daemon.console.run("dns_cache refcnts") == ""
    daemon.console.run("dig names.test", "dns_cache submit names.test TXT")
    daemon.console.fails("dig nowhere.names.test")
    lines = daemon.console.run("dns_cache refcnts").splitlines()
    assert [re.sub(r"\[\d+s\]", "[TTL]", line) for line in lines] == [
        "[1] nowhere.names.test [TTL]", "[1] names.test [TTL]", "[1] names.test [TTL]"]
    rows = daemon.console.rows("dns_cache refcnts")
    assert [(row["name"], row["type"], row["references"]) for row in rows] == [
        ("nowhere.names.test", "MX", 1), ("names.test", "MX", 1), ("names.test", "TXT", 1)]
    assert all(0 < row["ttl"] <= 300 for row in rows)


def test_a_remembered_failure_is_shown(start, server):
    daemon = resolving(start, server)
    daemon.console.fails("dig nowhere.names.test")
    assert daemon.console.run("dns_cache lookup nowhere.names.test MX").startswith("; MX look-up of nowhere.names.test: the name does not")


def test_queries_are_counted_and_forgotten(start, server):
    daemon = resolving(start, server)
    daemon.console.run("dig names.test", "dig names.test", "dns_cache submit 1.0.0.127.in-addr.arpa PTR")
    counted = daemon.console.record("dns_cache stats")
    assert (counted["mx"], counted["arpa_ipv4"], counted["total"], counted["lookups"]) == (1, 1, 2, 3)
    assert counted["hit_rate"] == "33.3%"
    summary = daemon.console.record("summary")
    assert summary["dns_resolver"] == server.address
    assert (summary["dns_mx_queries"], summary["dns_a_queries"], summary["pending_dns_queries"]) == (1, 0, 0)
    assert summary["dns_response_time_peak"] >= summary["dns_response_time_average"] > 0
    for title in ("DNS Resolver:", "DNS MX Queries:", "DNS TXT Timeouts:", "Pending DNS Queries:", "DNS Query Rate:"):
        assert title in daemon.console.run("summary")
    daemon.console.run("summary reset")
    assert daemon.console.record("dns_cache stats")["mx"] == 0
    assert daemon.console.record("summary")["dns_response_time_peak"] == 0


def test_a_silent_name_server_counts_as_timeouts(start):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        daemon = start(policy(init=f"""  kumo.dns.configure_resolver {{ name_servers = {{ '127.0.0.1:{silent.getsockname()[1]}' }} }}
  kumo.dns.set_mx_timeout('100ms')
"""))
        assert "timed out after" in daemon.console.fails("dig names.test")
        summary = daemon.console.record("summary")
        assert (summary["dns_mx_queries"], summary["dns_mx_timeouts"], summary["pending_dns_queries"]) == (1, 1, 1)


def test_domain_tells_exchangers_siblings_and_connections(start, server, make_peer):
    peer = make_peer()
    daemon = resolving(start, server, queue_events(path=f"smtp_port = {peer.port}, idle_timeout = '1 minute', connection_limit = 1"))
    with daemon.session() as client:
        ids = [client.deliver("a@from.test", to)[0] for to in ("b@names.test", "c@names.test", "d@near.test")]
    for spool_id in ids:
        daemon.log.wait(type="Delivery", id=spool_id)
    wait_until(lambda: [c["state"] for c in daemon.console.record("domain names.test")["connections"]] == ["idle"],
               lambda: f"one idle connection:\n{daemon.console.run('domain names.test')}", 20)
    told = daemon.console.record("domain names.test")
    assert told["mx"] == [{"preference": 10, "host": "mx-a.names.test", "next": True, "failed_seconds": None},
                          {"preference": 20, "host": "mx-b.names.test", "next": False, "failed_seconds": None}]
    assert 0 < told["mx_ttl"] <= 60
    assert (told["sibling_domains"], told["siblings"]) == (1, ["near.test"])
    [address] = told["addresses"]
    assert (address["address"], address["connections"], address["deliveries"]) == (f"127.0.0.1:{peer.port}", 1, 3)
    assert address["connect_ms"] > 0 and address["delivery_ms"] > 0
    [connection] = told["connections"]
    assert connection["host"].startswith("mx-a.names.test") and connection["peer"] == f"127.0.0.1:{peer.port}"
    assert connection["ms"] >= 0
    text = daemon.console.run("domain names.test")
    for line in (r"MX TTL: +\d+", r"Sibling Domains: +1", r"=> MX 10 mx-a\.names\.test", r"   MX 20 mx-b\.names\.test", r"Sibling near\.test",
                 rf"Address 127\.0\.0\.1:{peer.port} connections 1 connect [\d.]+ms deliveries 3 delivery [\d.]+ms",
                 rf"Connection {connection['number']} mx-a\.names\.test\S* 127\.0\.0\.1:{peer.port} idle \d+ms"):
        assert re.search(f"^{line}$", text, re.M), (line, text)


def test_domain_marks_a_host_that_failed(start, tmp_path, make_peer):
    peer = make_peer()
    zone = "@ MX 10 dead\n@ MX 20 alive\ndead A 127.0.0.9\nalive A 127.0.0.1\n"  # the peer is at 127.0.0.1 alone
    server = NameServer(tmp_path / "zones", {"names.test": zone})
    try:
        daemon = resolving(start, server, queue_events(path=f"smtp_port = {peer.port}"))
        with daemon.session() as client:
            [spool_id] = client.deliver("a@from.test", "b@names.test")
        daemon.log.wait(type="Delivery", id=spool_id)
        dead, alive = daemon.console.record("domain names.test")["mx"]
        assert dead["host"] == "dead.names.test" and dead["failed_seconds"] >= 0
        assert (alive["host"], alive["failed_seconds"]) == ("alive.names.test", None)
        assert re.search(r"^=> MX 10 dead\.names\.test \* failed \d+s ago\n   MX 20 alive\.names\.test$",
                         daemon.console.run("domain names.test"), re.M)
    finally:
        server.close()


def test_a_domain_whose_exchangers_cannot_be_found_says_why(start, server):
    daemon = resolving(start, server)
    told = daemon.console.record("domain nowhere.names.test")
    assert "the name does not exist" in told["mx_error"] and told["mx"] == [] and told["siblings"] == []


def test_each_thread_has_a_name_of_its_own(start, server):
    daemon = resolving(start, server)
    daemon.console.run("dig names.test")  # now the resolver has its threads
    names = collections.Counter(t["name"] for t in daemon.console.rows("threads"))
    assert {"godwitd", "dns", "dns-library", "log_json", "rocksdb:timer", "policy", "loop-0"} <= set(names)
    assert [name for name, n in names.items() if n > 1 and (name == "godwitd" or name.startswith("loop-"))] == []
