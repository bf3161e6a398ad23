"""Runs `*.smtp` files: a transcript of one or more connections, then what the sink received and what the log says.
The format is described in docs/testing.md."""
import dataclasses
import json
import pathlib
import re

import pytest

from .client import SmtpClient
from .daemons import Daemons
from .logs import matches
from .peer import ScriptedPeer
from .policy import policy, queue_events, route
from .waiting import stays_false, wait_until


@dataclasses.dataclass
class Step:
    line: int
    word: str
    text: str


class ScenarioError(Exception):
    """A mistake in the file itself."""


SETTINGS = ("policy", "listener", "queue", "path", "spool", "logs", "init", "lua", "head", "peer")
STEPS = ("connect", "C", "C|", "S", "S~", "tls", "closed", "sink", "no sink", "log", "no log", "diagnostic", "restart")
PATTERN = re.compile(r"(no sink|no log|[A-Za-z]+)([|~]?):(?: (.*))?|(connect|tls|closed|restart|no sink|no log)")


def parse(text):
    """(comments by key, settings by name, steps). A setting or step goes on in lines that begin with two spaces."""
    header, settings, steps = {}, {}, []
    entries = []
    for number, raw in enumerate(text.splitlines(), 1):
        if raw.startswith("#"):
            key, colon, value = raw[1:].partition(":")
            if colon and key.strip() in ("name", "description", "needs"):
                header[key.strip()] = value.strip()
        elif raw.startswith("  ") and entries:
            entries[-1].text += "\n" + raw[2:]
        elif raw.strip():
            match = PATTERN.fullmatch(raw.rstrip())
            if not match:
                raise ScenarioError(f"line {number}: not a step: {raw!r}")
            entries.append(Step(number, match[4] or match[1] + match[2], match[3] or ""))
    for entry in entries:
        if entry.word in SETTINGS:
            settings[entry.word] = "\n".join(t for t in (settings.get(entry.word), entry.text) if t)
        elif entry.word in STEPS:
            steps.append(entry)
        else:
            raise ScenarioError(f"line {entry.line}: unknown step {entry.word!r}")
    return header, settings, steps


def unescape(text):
    r"""\r, \n, \t, \0, \xNN and \\ in what is sent byte by byte."""
    return text.encode().decode("unicode_escape").encode("latin-1")


def wanted(text):
    """JSON in which "/…/" is a regular expression."""
    def convert(v):
        if isinstance(v, str) and len(v) > 1 and v[0] == v[-1] == "/":
            return re.compile(v[1:-1], re.S)
        return {k: convert(x) for k, x in v.items()} if isinstance(v, dict) else v
    return convert(json.loads(text))


class Scenario:
    """One run. `start(policy_text)` gives a started daemon."""

    def __init__(self, path, start):
        self.path = pathlib.Path(path)
        self.header, self.settings, self.steps = parse(self.path.read_text())
        self.peer = ScriptedPeer(json.loads(self.settings["peer"]) if "peer" in self.settings else None)
        self.client = None
        try:
            self.daemon = start(self._policy())
        except BaseException:
            self.peer.close()
            raise

    def _policy(self):
        s = self.settings
        if "policy" in s:
            text = (self.path.parent / s["policy"]).read_text()
            return text.replace("@SINK@", self.peer.mx)
        route_events = queue_events(s["queue"], s.get("path", "")) if "protocol" in s.get("queue", "") else \
            route(self.peer.mx, s.get("queue", ""), s.get("path", ""))
        if re.search(r"kumo\.on\(?\s*['\"]get_queue_config", s.get("lua", "")):
            route_events = ""
        parts = {name: s[name] for name in ("spool", "logs", "init", "head") if name in s}
        text = policy(s.get("listener", ""), events=route_events + s.get("lua", ""), **parts)
        return text.replace("@SINK@", self.peer.mx)

    def run(self):
        try:
            for step in self.steps:
                try:
                    self._step(step)
                except AssertionError as failure:
                    history = self.client.history() if self.client else ""
                    raise AssertionError(f"{self.path.name}:{step.line}: {step.word}: {step.text}\n{failure}\n{history}") from None
        finally:
            if self.client:
                self.client.close()
            self.peer.close()

    def _connection(self):
        if self.client is None:
            self.client = SmtpClient(self.daemon.address)
        return self.client

    def _step(self, step):
        getattr(self, "_do_" + {"C": "command", "C|": "bytes", "S": "reply_line", "S~": "reply"}.get(
            step.word, step.word.replace(" ", "_")))(step.text)

    def _do_connect(self, _):
        if self.client:
            self.client.close()
        self.client = None
        self._connection()

    def _do_command(self, text):
        self._connection().send(text.encode().replace(b"\n", b"\r\n") + b"\r\n")

    def _do_bytes(self, text):
        self._connection().send(unescape(text))

    def _do_reply_line(self, pattern):
        line = self._connection().line()
        assert re.fullmatch(pattern, line), f"got {line!r}"

    def _do_reply(self, pattern):
        reply = str(self._connection().reply())
        assert any(re.fullmatch(pattern, line) for line in reply.split("\n")), f"got {reply!r}"

    def _do_tls(self, _):
        self._connection().starttls()

    def _do_closed(self, _):
        assert self._connection().is_closed(), "the server does not close the connection"

    def _do_restart(self, _):
        self.daemon.restart()
        self._do_connect("")

    def _seen(self, text):
        want = wanted(text) if text else {}
        return [m for m in self.peer.messages
                if matches({"sender": m.sender, "recipients": m.recipients, "data": m.data.decode("utf-8", "replace")}, want)]

    def _do_sink(self, text):
        wait_until(lambda: self._seen(text), lambda: f"the sink has {self.peer.describe()}\n{self.peer.messages}", 15)

    def _do_no_sink(self, text):
        assert stays_false(lambda: self._seen(text), 0.5), "the sink has it"

    def _do_log(self, text):
        self.daemon.log.wait(**wanted(text))

    def _do_no_log(self, text):
        assert self.daemon.log.has_none(0.5, **wanted(text)), "the log has it"

    def _do_diagnostic(self, text):
        self.daemon.wait_for_diagnostic(text)


class ScenarioFile(pytest.File):
    def collect(self):
        yield ScenarioItem.from_parent(self, name=self.path.stem)


class ScenarioItem(pytest.Item):
    def runtest(self):
        daemons = Daemons(self.name)
        passed = False
        try:
            Scenario(self.path, daemons.start).run()
            daemons.stop()
            passed = True
        finally:
            daemons.end(keep=not passed)

    def repr_failure(self, excinfo):
        if isinstance(excinfo.value, (AssertionError, ScenarioError)):
            return str(excinfo.value)
        return super().repr_failure(excinfo)

    def reportinfo(self):
        return self.path, 0, f"scenario {self.name}"
