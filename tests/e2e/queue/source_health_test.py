"""Sources that cannot send are left out for a while, and used again."""
from harness import http
from harness.policy import policy, route
from harness.ports import free_port
from harness.socks5 import Socks5Proxy
from harness.waiting import wait_until


def sources(*entries):
    """A pool of these sources, name and fields, that all mail goes through."""
    names = ", ".join(f"{{ name = '{name}' }}" for name, _ in entries)
    made = "\n".join(f"  if name == '{name}' then return kumo.make_egress_source {{ name = name, {fields} }} end"
                     for name, fields in entries)
    return f"""
kumo.on('get_egress_pool', function(pool) return kumo.make_egress_pool {{ name = pool, entries = {{ {names} }} }} end)
kumo.on('get_egress_source', function(name)
{made}
end)
"""


def send(daemon, count=1):
    with daemon.session() as client:
        return [client.deliver("a@example.test", "b@example.test")[0] for _ in range(count)]


def suspended(daemon, source, reason):
    return http.metric(daemon, "egress_source_health_suspended", source=source, reason=reason)


def test_a_source_whose_address_is_not_here_is_left_out(start, peer):
    daemon = start(policy(init=http.listener(), events=route(peer.mx, queue="egress_pool = 'p'") + sources(
        ("far", "source_address = '192.0.2.77', suspend_when_unplumbed = { trigger = 'Immediate', duration = '1h' }"),
        ("near", "source_address = '127.0.0.5'"))))
    ids = set(send(daemon, 6))
    records = daemon.log.wait(type="Delivery", count=6, seconds=30)
    assert {r["id"] for r in records} == ids and {r["egress_source"] for r in records} == {"near"}
    assert {m.session.address[0] for m in peer.messages} == {"127.0.0.5"}
    assert suspended(daemon, "far", "Unplumbed") == 1
    assert http.metric(daemon, "egress_source_health_suspensions_total", source="far", reason="Unplumbed") == 1
    assert http.metric(daemon, "bind_failures") >= 1
    daemon.wait_for_diagnostic("far.*192.0.2.77")


def test_a_source_behind_a_proxy_that_is_down_waits_and_is_used_again(start, peer, daemons):
    port = free_port()
    daemon = start(policy(init=http.listener(), events=route(peer.mx, queue="egress_pool = 'p', max_retry_interval = '1s'") + sources(
        ("only", f"socks5_proxy_server = '127.0.0.1:{port}', socks5_proxy_source_address = '127.0.0.7', "
                 "suspend_when_proxy_unhealthy = { trigger = { Threshold = '2/1m' }, duration = '3s' }"))))
    [spool_id] = send(daemon)
    wait_until(lambda: suspended(daemon, "only", "ProxyUnhealthy") == 1, "the source is suspended", 20)
    failure = daemon.log.wait(type="TransientFailure", id=spool_id, seconds=20,
                              response={"content": lambda text: "no sources for" in text})
    assert "are eligible for selection at this time" in failure["response"]["content"]
    daemons.keep(Socks5Proxy(port=port))
    daemon.log.wait(type="Delivery", id=spool_id, seconds=60)
    assert peer.messages[0].session.address[0] == "127.0.0.7"
    wait_until(lambda: suspended(daemon, "only", "ProxyUnhealthy") == 0, "the suspension is over")
