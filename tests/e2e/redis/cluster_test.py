"""Policies that keep data in a Redis cluster of three nodes: slots, redirections, nodes that are gone."""
import re

from harness.certificate import Certificate
from harness.policy import policy
from harness.scripts import Script, run, scripts

KEYS = 60


def start_scripts(start, nodes, fields="", **bodies):
    urls = ", ".join(f"'{n.url}'" for n in nodes)
    head = f"local redis = require 'redis'\nlocal conn = redis.open {{ node = {{ {urls} }}, {fields} }}\n"
    return start(policy(head=head, events=scripts(**bodies)))


FILL = f"""
  for i = 1, {KEYS} do assert(conn:query('SET', 'key' .. i, i) == true) end
  for i = 1, {KEYS} do assert(conn:query('GET', 'key' .. i) == tostring(i)) end
  assert(conn:query('MSET', '{{user}}.a', 1, '{{user}}.b', 2) == true)
  return 'done'"""


def test_keys_go_to_the_nodes_that_serve_them(start, make_cluster):
    cluster = make_cluster()
    daemon = start_scripts(start, cluster.nodes[:1], "cluster = true", fill=FILL, ping="return conn:query('PING')",
                           apart="return conn:query('MGET', 'a', 'b')", script="return conn:query('EVAL', 'return KEYS[1]', 1, 'some')")
    assert run(daemon, "fill") == "returned done"
    sizes = [int(node.command("DBSIZE")) for node in cluster.nodes]
    assert sum(sizes) == KEYS + 2 and all(sizes)
    assert run(daemon, "ping") == "returned PONG"
    assert run(daemon, "script") == "returned some"
    assert "CROSSSLOT" in run(daemon, "apart")
    # The map was right: nobody had to redirect.
    assert all("errorstat_MOVED" not in node.command("INFO", "errorstats") for node in cluster.nodes)


def test_many_scripts_at_once(start, make_cluster):
    cluster = make_cluster()
    daemon = start_scripts(start, cluster.nodes, "pool_size = 4", count="return conn:query('INCR', 'n')")
    running = [Script(daemon, "count") for _ in range(30)]
    assert sorted(int(s.result().removeprefix("returned ")) for s in running) == list(range(1, 31))


def test_a_slot_that_moves_is_followed(start, make_cluster):
    cluster = make_cluster()
    daemon = start_scripts(
        start, cluster.nodes, put="return conn:query('SET', '{tag}old', 'o')", put_new="return conn:query('SET', '{tag}new', 'n')",
        get="return conn:query('GET', '{tag}old') .. conn:query('GET', '{tag}new')")
    assert run(daemon, "put") == "returned true"
    slot, source = cluster.slot_of("{tag}"), cluster.owner_of("{tag}")
    target = next(n for n in cluster.nodes if n is not source)
    cluster.begin_migration(slot, source, target)
    # On its way: what is not at the source is asked for at the target.
    assert run(daemon, "put_new") == "returned true"
    assert target.command("CLUSTER", "COUNTKEYSINSLOT", slot) == "1"
    assert run(daemon, "get") == "returned on"
    assert "errorstat_ASK" in source.command("INFO", "errorstats")
    cluster.end_migration(slot, source, target)
    for _ in range(2):
        assert run(daemon, "get") == "returned on"
        assert "errorstat_MOVED:count=1" in source.command("INFO", "errorstats")  # told once, remembered


def test_a_node_that_is_gone(start, make_cluster):
    cluster = make_cluster()
    lost = cluster.owner_of("lost")
    kept = next(f"kept{i}" for i in range(100) if cluster.owner_of(f"kept{i}") is not lost)
    daemon = start_scripts(start, cluster.nodes, "connect_timeout = '2s', response_timeout = '2s'",
                           lost="return conn:query('SET', 'lost', 1)", kept=f"return conn:query('SET', '{kept}', 1)")
    assert run(daemon, "lost") == "returned true"
    lost.kill()
    assert re.search(rf"raised .*(SET was not answered after 8 attempts: {lost.url}: connect: Connection refused|CLUSTERDOWN)",
                     run(daemon, "lost"))
    assert run(daemon, "kept") == "returned true"
    lost.start()
    assert run(daemon, "lost") == "returned true"


def test_a_cluster_over_tls(start, make_cluster, daemons):
    cluster = make_cluster(certificate=Certificate(daemons.dir, "localhost"))
    daemon = start(policy(head=f"local redis = require 'redis'\nlocal conn = redis.open {{ node = '{cluster.nodes[0].url}#insecure', "
                               "cluster = true }\n", events=scripts(fill=FILL)))
    assert run(daemon, "fill") == "returned done"
    assert all(int(node.command("DBSIZE")) for node in cluster.nodes)


def test_passwords_and_replicas(start, make_cluster):
    cluster = make_cluster(replicas=1, password="secret")
    mine = next(f"k{i}" for i in range(100) if cluster.owner_of(f"k{i}") is cluster.nodes[0])
    daemon = start_scripts(start, cluster.nodes, "password = 'secret', read_from_replicas = true",
                           put=f"return conn:query('SET', '{mine}', 'v')", get=f"return conn:query('GET', '{mine}')")
    assert run(daemon, "put") == "returned true"
    cluster.nodes[0].command("WAIT", "1", "5000")
    assert run(daemon, "get") == "returned v"
    assert cluster.replicas[0].calls("get") == 1
    assert cluster.nodes[0].calls("get") == 0
