"""[control] idle_timeout and max_connections, and how many requests may wait."""
from harness.policy import policy
from harness.waiting import wait_until

CONFIG = """policy = "@DIR@/policy.lua"
[modules.log_json]
enabled = true
[control]
{}
"""


def greeted(daemon):
    raw = daemon.console.connect()
    assert raw.receive()["server"] == "godwit"
    return raw


def test_an_idle_connection_is_closed_and_a_busy_one_is_not(daemons):
    daemon = daemons.start(policy(), CONFIG.format('idle_timeout = "1s"'))
    busy = greeted(daemon)
    busy.send({"id": 1, "command": "trace smtp"})
    idle = greeted(daemon)
    assert idle.receive() is None  # a second later
    busy.send({"id": 2, "command": "pid"})
    busy.send({"cancel": 1})
    assert busy.until_done(1)[-1]["done"] == "cancelled"
    assert busy.until_done(2)[0]["text"] == f"{daemon.process.pid}\n"
    assert busy.receive() is None  # idle from now on
    idle.close()
    busy.close()


def test_connections_are_bounded(daemons):
    daemon = daemons.start(policy(), CONFIG.format("max_connections = 2"))
    first, second = greeted(daemon), greeted(daemon)
    third = daemon.console.connect()
    assert third.receive() == {"error": "too many connections; try later"}
    assert third.receive() is None
    refused = daemon.console.program("-e", "pid")
    assert refused.returncode == 1 and "too many connections; try later" in refused.stderr
    first.close()
    wait_until(lambda: daemon.console.program("-e", "pid").returncode == 0, "there is room again", 10)
    second.send({"id": 1, "command": "pid"})
    assert second.until_done(1)[-1]["done"] == "ok"
    for raw in (second, third):
        raw.close()


def test_64_requests_may_wait(start):
    daemon = start(policy())
    raw = greeted(daemon)
    raw.send({"id": 1, "command": "trace smtp"})
    daemon.console.run("pid")  # by then the trace runs
    for n in range(64):
        raw.send({"id": 100 + n, "command": "pid"})
    raw.send({"cancel": 1})
    assert [raw.until_done(n)[-1]["done"] for n in (1, *range(100, 164))] == ["cancelled"] + 64 * ["ok"]
    raw.send({"id": 2, "command": "trace smtp"})
    daemon.console.run("pid")
    for n in range(65):
        raw.send({"id": 200 + n, "command": "pid"})
    while (frame := raw.receive()) is not None:
        assert frame["id"] == 2, frame
    daemon.wait_for_diagnostic("more than 64 requests wait; the connection is closed")
    raw.close()
    assert daemon.console.run("pid")
