"""The control socket as bytes: docs/control.md."""
from harness.policy import policy


def greeted(daemon):
    raw = daemon.console.connect()
    hello = raw.receive()
    assert hello["server"] == "godwit" and hello["protocol"] == 1 and hello["role"] == "admin"
    return raw


def test_requests_are_served_in_order(start):
    raw = greeted(start(policy()))
    raw.send_bytes(b'{"id":1,"command":"version"}\n{"id":2,"command":"pid","format":"json"}\n{"id":3,"complete":"modu"}\n')
    frames = [raw.receive() for _ in range(5)]
    assert [f["id"] for f in frames] == [1, 1, 2, 2, 3]
    assert frames[0]["text"].startswith("Godwit ") and frames[1] == {"id": 1, "done": "ok"}
    assert frames[2]["text"].isdigit()
    assert frames[4] == {"id": 3, "begin": 0, "completions": ["module"]}
    raw.close()


def test_broken_requests_are_told_why_and_cut_off(start):
    daemon = start(policy())
    for bad, why in ((b"hello\n", "one JSON object a line"), (b'{"id":1}\n', "one of command, complete and cancel"),
                     (b"x" * 70000 + b"\n", "at most 65536 bytes"), (b"y" * 70000, "at most 65536 bytes")):
        raw = greeted(daemon)
        raw.send_bytes(bad)
        assert why in raw.receive()["error"]
        assert raw.receive() is None
        raw.close()
    assert daemon.console.run("pid")


def test_a_client_that_goes_away_disturbs_nobody(start):
    daemon = start(policy())
    raw = greeted(daemon)
    raw.send({"id": 1, "command": "help"})
    raw.close()
    assert daemon.console.run("pid")
