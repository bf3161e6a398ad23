"""Deliveries of a daemon without Lua: [queue] and [egress] scopes of godwit.toml, each falling back to its wider one."""
from harness.configuration import configuration, loopback_path



def send(start, scopes, recipient="b@one.test", listener=""):
    daemon = start(config=configuration(loopback_path(), scopes, smtp=listener))
    with daemon.session() as client:
        client.deliver("a@example.test", recipient)
    return daemon


def hosts(peer):
    return f'protocol = {{ smtp = {{ mx_list = ["{peer.mx}"] }} }}'


def test_a_domain_has_its_own_queue(start, peer, make_peer):
    other = make_peer()
    daemon = send(start, f'[queue.default]\n{hosts(other)}\n[queue."one.test"]\n{hosts(peer)}\n')
    peer.wait_messages()
    with daemon.session() as client:
        client.deliver("a@example.test", "b@two.test")
    other.wait_messages()
    assert len(peer.messages) == 1


def test_a_tenant_has_its_own_queue(start, peer, make_peer):
    other = make_peer()
    daemon = send(start, f'[queue."one.test"]\n{hosts(other)}\n[queue."acme@one.test"]\n{hosts(peer)}\n'
                  f'[queue."spring:acme@one.test"]\nmax_age = "1 day"\n', listener='meta = { tenant = "acme", campaign = "spring" }')
    peer.wait_messages()
    assert daemon.log.wait(type="Delivery")["queue"] == "spring:acme@one.test"
    assert not other.sessions


def test_pools_sources_and_their_paths(start, peer):
    daemon = send(start, f"""[queue.default]
egress_pool = "pool0"
{hosts(peer)}
[egress.pool.pool0]
entries = [{{ name = "ip1", weight = 10 }}, {{ name = "ip2", weight = 0 }}]
[egress.source.ip1]
source_address = "127.0.0.9"
ehlo_domain = "source.test"
[egress.source.ip2]
source_address = "127.0.0.10"
""")
    [session] = peer.wait_sessions()
    assert session.address[0] == "127.0.0.9"
    assert peer.wait_messages().session.commands[0] == "EHLO source.test"
    record = daemon.log.wait(type="Delivery")
    assert (record["egress_pool"], record["egress_source"]) == ("pool0", "ip1")


def ehlo_of(start, make_peer, *names):
    """The EHLO name when these paths set it, each to its own name."""
    peer = make_peer()
    site = f"mx_list:{peer.mx}"
    paths = "".join(f'[egress.path."{n.format(site=site)}"]\nehlo_domain = "{i}.test"\n' for i, n in enumerate(names))
    send(start, f"[queue.default]\n{hosts(peer)}\n{paths}")
    return peer.wait_messages().session.commands[0]


def test_paths_from_wide_to_narrow(start, make_peer):
    order = ["{site}", "one.test", "unspecified->default", "unspecified->{site}", "unspecified->one.test"]
    for last in range(len(order)):
        # Written the other way round, so that it is no matter of their place in the file.
        assert ehlo_of(start, make_peer, *reversed(order[:last + 1])) == "EHLO 0.test", order[last]
