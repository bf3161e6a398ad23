"""How soon console commands answer: the time until the first piece of the answer, and until its end, over the control socket."""
import dataclasses
import json
import os
import socket
import time


@dataclasses.dataclass
class Answer:
    first: float  # seconds
    last: float
    text: str
    error: str | None


class ControlSocket:
    """The console's side of the control socket (docs/control.md), with a clock."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(os.fspath(path))
        self.input = self.socket.makefile("rb")
        self.input.readline()  # the greeting

    def run(self, command):
        began, first, text = time.monotonic(), None, []
        self.socket.sendall(json.dumps({"id": 1, "command": command}).encode() + b"\n")
        while True:
            frame = json.loads(self.input.readline())
            first = first or time.monotonic() - began
            text.append(frame.get("text", ""))
            if "done" in frame:
                return Answer(first, time.monotonic() - began, "".join(text), frame.get("error"))

    def close(self):
        self.input.close()
        self.socket.close()


def looks(console, domains):
    """Commands that change nothing."""
    near = console.run("showqueue all all 1,0").text.split()[1]
    far = console.run("showqueue all all 1,100000").text.split()[1:2] or [near]
    nobody = "0" * 32
    return [
        "help", "version", "pid", "sysinfo", "config show", "module list", "memory", "threads", "threads stats", "summary",
        "mailq", "mailq --domain d1.test", f"mailq --limit {domains}", "active", "delayed", "domain all",
        "domain 127.0.0.1", "show inbound", "show outbound", "count SMTP 16-32", "count outbound 16-32", "dns_cache stats",
        "dns_cache refcnts", "trace smtp list", f"message details {near}", f"message details {far[0]}",
        f"message details full {far[0]}", "showqueue d1.test", "showqueue all", "showqueue nowhere.test", "showqueue nobody all",
        "showqueue all all 100,100000", "showqueue all all 1000000000,0", "fail domain --dry-run d1.test",
        "fail domain --dry-run all", "fail domain --dry-run nowhere.test", "fail all --dry-run --meta reception_protocol none",
        f"message retry {nobody}",
    ]


# In this order: each leaves something to the next ones.
CHANGES = ["fail domain --meta reception_protocol none d1.test", "fail domain d1.test", "fail domain quiet d2.test",
           "flush domain d3.test", "flush domain nowhere.test", "flush domain all", "reopen logs", "summary", "fail domain all"]


def print_console_times(path, domains):
    """Nobody takes mail meanwhile: what is flushed fails and waits again."""
    console = ControlSocket(path)
    try:
        print(f"{'command':<58} {'first row':>10} {'end':>10} {'lines':>8}")
        for command in [*looks(console, domains), *CHANGES]:
            got = console.run(command)
            shown = command if len(command) <= 58 else command[:57] + "…"
            print(f"{shown:<58} {got.first:>8.3f} s {got.last:>8.3f} s {got.text.count(chr(10)):>8}  {got.error or ''}", flush=True)
    finally:
        console.close()
