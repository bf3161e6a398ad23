"""What Tab offers, over the control socket."""
import pytest

from harness.godwitd import build_directory
from harness.policy import policy, route
from harness.waiting import wait_until

REFUSED = {"RCPT": "451 4.2.1 later"}


@pytest.fixture
def complete():
    """The words offered where a line ends."""
    connections = {}

    def ask(daemon, line):
        raw = connections.get(daemon)
        if raw is None:
            raw = connections[daemon] = daemon.console.connect()
            raw.receive()
        raw.send({"id": 1, "complete": line})
        return raw.receive()["completions"]
    yield ask
    for raw in connections.values():
        raw.close()


def test_a_module_to_load_is_one_that_is_not_loaded(start, complete):
    daemon = start(policy())
    absent = complete(daemon, "module load ")
    assert "memory_spool" in absent and "dkim" not in absent
    assert "dkim" in complete(daemon, "module unload ") and "memory_spool" not in complete(daemon, "module reload ")
    daemon.console.run("module load memory_spool", "module unload dkim")
    assert complete(daemon, "module load memory") == [] and complete(daemon, "module load dk") == ["dkim"]


def test_kinds_of_connections_to_count(start, complete):
    daemon = start(policy())
    assert complete(daemon, "count ") == ["SMTP", "outbound"] and complete(daemon, "count out") == ["outbound"]
    assert daemon.console.rows("count outbound/ip1 8") == []


def test_help_completes_commands(start, complete):
    daemon = start(policy())
    assert complete(daemon, "help mod") == ["module"]
    assert complete(daemon, "help module ") == ["list", "load", "reload", "unload"]
    assert "module load module" in daemon.console.run("help module load")


def test_domains_and_queues_are_those_with_mail(daemons, make_peer, complete):
    peer = make_peer(REFUSED)
    daemon = daemons.start(policy(events=route(peer.mx, queue="retry_interval = '1 hour'")), f"""policy = "@DIR@/policy.lua"
[runtime]
module_path = ["{build_directory()}/tests/abi/fixtures"]
[modules.log_json]
enabled = true
[modules.probe]
enabled = true
""")
    with daemon.session() as client:
        for domain in ("one.test", "other.test", "third.test"):
            client.deliver("a@from.test", f"b@{domain}")
    wait_until(lambda: sum(row["dq"] for row in daemon.console.rows("mailq")) == 3, "three delayed messages", 20)
    for begun in ("domain ", "flush domain ", "fail domain ", "showqueue ", "mailq --domain "):
        assert complete(daemon, begun + "o") == ["one.test", "other.test"], begun
    assert complete(daemon, "flush domain a") == ["all"]
    assert complete(daemon, "probe words o") == ["one.test", "other.test"]
    assert complete(daemon, "probe words one.test th") == ["third.test"]
    assert complete(daemon, "probe words one.test one.test pr") == ["probe"]
