"""trace smtp: what is said on connections, as it is said; trace smtp add: the same into files."""
import base64
import contextlib
import errno
import json
import os
import pathlib
import pwd
import queue
import re
import signal
import stat
import subprocess
import threading

import pytest

from harness.failing import FailingLayer
from harness.policy import policy, route
from harness.unsynced import is_usable
from harness.waiting import PATIENCE, wait_until


class Trace:
    """A console that traces and is at work; lines as they come."""

    def __init__(self, daemon, *arguments, json_lines=False):
        command = daemon.console.command(*(["--json"] if json_lines else []), "-e", " ".join(["trace smtp", *arguments]))
        self.child = subprocess.Popen(command, env=daemon.console.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.lines, self.seen = queue.Queue(), []
        self.reader = threading.Thread(target=self._read_pieces if json_lines else self._read, daemon=True)
        self.reader.start()
        if json_lines:  # text comes last
            self.until_probed(daemon)
        else:
            self.until("Tracing")
            self.seen.clear()

    def _read(self):
        for line in self.child.stdout:
            self.lines.put(line.rstrip("\n"))

    def _read_pieces(self):  # the document of a command is one line, which ends with it
        while piece := os.read(self.child.stdout.fileno(), 65536):
            self.lines.put(piece.decode())

    def until(self, part, seconds=20):
        """Waits for a line with `part`; what was said so far is in `seen`."""
        while not self.seen or part not in self.seen[-1]:
            try:
                self.seen.append(self.lines.get(timeout=seconds * PATIENCE))
            except queue.Empty:
                raise AssertionError(f"{part!r} was not said; said {self.seen}") from None
        return self.seen[-1]

    def until_probed(self, daemon):
        """Connections of ours, until one shows: the document's head may come before."""
        def is_shown():
            daemon.smtp().close()
            self.take()
            return "connected" in "".join(self.seen)
        wait_until(is_shown, "a traced connection", 20)

    def interrupt(self):
        """The exit status after Ctrl-C."""
        self.child.send_signal(signal.SIGINT)
        status = self.child.wait(20 * PATIENCE)
        self.reader.join(20 * PATIENCE)
        self.take()
        return status

    def take(self):
        while not self.lines.empty():
            self.seen.append(self.lines.get())

    def close(self):
        if self.child.poll() is None:
            self.child.kill()
        self.child.wait()
        self.child.stdout.close()
        self.child.stderr.close()


@pytest.fixture
def traced(daemons):
    return lambda daemon, *arguments, **how: daemons.keep(Trace(daemon, *arguments, **how))


def test_both_sides_are_shown_until_ctrl_c(start, make_peer, traced):
    peer = make_peer()
    daemon = start(policy(events=route(peer.mx)))
    trace = traced(daemon)
    with daemon.session() as client:
        [spool_id] = client.deliver("a@from.test", "b@to.test", content="Subject: x\n\nvery private\n")
    daemon.log.wait(type="Delivery", id=spool_id)
    trace.until("] 127.0.0.1:" + str(peer.port) + " write .")
    trace.until("] 127.0.0.1:" + str(peer.port) + " read 2")
    assert trace.interrupt() == 1
    assert "cancelled" in trace.child.stderr.read()
    said = "\n".join(trace.seen)
    for part in ("read MAIL FROM:<a@from.test>", "write RCPT TO:<b@to.test>", "write 354", "read 354", " bytes of content", f"write 250 OK ids={spool_id}"):
        assert part in said
    assert "very private" not in said
    assert daemon.console.run("version")
    daemon.wait_for_diagnostic(r"command=.trace smtp. outcome=cancelled")


def test_filters_by_direction_peer_listener_domain_and_source(start, make_peer, traced):
    peer = make_peer()
    daemon = start(policy(events=route(peer.mx)))
    port = daemon.port
    inbound = traced(daemon, "--listener", f"127.0.0.1:{port}", "--peer", "127.0.0.0/8")
    elsewhere = traced(daemon, "--listener", f"127.0.0.1:{port + 1}")
    domain = traced(daemon, "outbound", "-d", "to.test", "-b", "unspecified")
    other = traced(daemon, "-d", "other.test")
    with daemon.session() as client:
        client.deliver("a@from.test", "b@to.test")
        domain.until("write .")
        client.command("NOOP")
        inbound.until("read NOOP")
    for trace in (inbound, elsewhere, domain, other):
        assert trace.interrupt() == 1
    assert all("[inbound/" in line for line in inbound.seen)
    assert domain.seen and all("[outbound/" in line for line in domain.seen)
    assert elsewhere.seen == [] and other.seen == []
    assert "--listener is about inbound" in daemon.console.fails("trace smtp outbound --listener 127.0.0.1")
    assert "not an address or network" in daemon.console.fails("trace smtp --peer nowhere")


def test_json_gives_a_row_an_event(start, traced):
    daemon = start(policy())
    trace = traced(daemon, "inbound", json_lines=True)
    trace.interrupt()
    answer = json.loads("".join(trace.seen))
    assert answer["outcome"] == "cancelled"
    first = answer["rows"][0]
    assert (first["direction"], first["event"]) == ("inbound", "connected") and first["peer"].startswith("127.0.0.1:")
    assert set(first) == {"time", "direction", "number", "peer", "event", "text"}


def test_credentials_are_never_shown(start, traced):
    daemon = start(policy("allow_auth_without_tls = true"))
    secret = base64.b64encode(b"\0user\0open-sesame").decode()
    trace = traced(daemon)
    with daemon.session() as client:
        client.command(f"AUTH PLAIN {secret}")
        client.command("AUTH LOGIN")
        client.command(base64.b64encode(b"user").decode())
        client.command(base64.b64encode(b"open-sesame").decode())
        client.command("NOOP")
    trace.until("read NOOP")
    trace.interrupt()
    said = "\n".join(trace.seen)
    assert "read AUTH PLAIN" in said and "read AUTH LOGIN" in said
    assert secret not in said and base64.b64encode(b"open-sesame").decode() not in said


def test_a_console_that_does_not_read_holds_up_nobody(start, traced):
    daemon = start(policy())
    trace = traced(daemon, "inbound")
    trace.child.send_signal(signal.SIGSTOP)
    recipients = "".join(f"RCPT TO:<{'x' * 60}@{'y' * 60}.{'z' * 60}.{i}.test>\r\n" for i in range(1000))
    with daemon.session() as client:
        for _ in range(5):  # more than buffers on the way hold
            client.send(f"MAIL FROM:<a@b.test>\r\n{recipients}RSET\r\n".encode())
            assert {client.reply().code for _ in range(1002)} == {250}
    trace.child.send_signal(signal.SIGCONT)
    trace.until("lines: the console is too slow")
    trace.interrupt()


def folder(daemon, name="traces"):
    """A directory that the daemon may write."""
    made = daemon.dir / name
    made.mkdir(mode=0o777)
    made.chmod(0o777)
    return made


def threads(daemon):
    """Names of the threads that it has."""
    names = set()
    for name in pathlib.Path(f"/proc/{daemon.process.pid}/task").glob("*/comm"):
        with contextlib.suppress(OSError):  # it has just ended
            names.add(name.read_text().strip())
    return names


def test_a_file_gets_what_is_said_about_its_domain_until_it_is_removed(start, make_peer):
    peer, elsewhere = make_peer(), make_peer()
    daemon = start(policy(events=route(f"{{ domain == 'to.test' and '{peer.mx}' or '{elsewhere.mx}' }}")))
    file, other = folder(daemon) / "to.log", daemon.dir / "traces/other.log"
    assert daemon.console.run("trace smtp list") == ""
    assert daemon.console.run(f"trace smtp add * to.test {file}") == "Registered smtp tracer #1\n"
    assert daemon.console.run(f"trace smtp add nobody * {other}") == "Registered smtp tracer #2\n"
    first, second = daemon.console.run("trace smtp list").splitlines()
    assert re.fullmatch(rf"\[1\] binding: \* domain: to\.test file: {file} @ \d+", first)
    assert re.fullmatch(rf"\[2\] binding: nobody domain: \* file: {other} @ \d+", second)
    with daemon.session() as client:
        ids = client.deliver("a@from.test", "b@to.test", content="Subject: x\n\nvery private\n")
        ids += client.deliver("a@from.test", "b@elsewhere.test")
    for spool_id in ids:
        daemon.log.wait(type="Delivery", id=spool_id)
    assert daemon.console.run("trace smtp remove 1") == "Removed smtp tracer #1\n"
    said = file.read_text()
    for line in said.splitlines():
        assert re.match(rf"\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{{3}}Z \[outbound/\d+\] {peer.mx} (connected|read|write|content|note|closed) ", line)
    for part in (" write RCPT TO:<b@to.test>", " read 250 ", " bytes of content"):
        assert part in said
    assert "elsewhere.test" not in said and "very private" not in said and "read RCPT" not in said
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    with daemon.session() as client:
        [spool_id] = client.deliver("a@from.test", "b@to.test")
    daemon.log.wait(type="Delivery", id=spool_id)
    assert [row["id"] for row in daemon.console.rows("trace smtp list")] == [2]
    assert daemon.console.run("trace smtp remove 2") == "Removed smtp tracer #2\n"
    assert file.read_text() == said
    assert other.read_text() == ""
    assert "there is no smtp tracer #2" in daemon.console.fails("trace smtp remove 2")


def test_a_file_by_source_goes_on_where_it_ended_and_is_whole_when_the_server_stops(start, make_peer):
    peer = make_peer()
    daemon = start(policy(events=route(peer.mx)))
    file = folder(daemon) / "source.log"
    file.write_text("before\n")
    file.chmod(0o666)
    daemon.console.run(f"trace smtp add unspecified all {file}")
    with daemon.session() as client:
        [spool_id] = client.deliver("a@from.test", "b@to.test")
    daemon.log.wait(type="Delivery", id=spool_id)
    daemon.stop()
    said = file.read_text()
    assert said.startswith("before\n") and "write RCPT TO:<b@to.test>" in said and said.endswith("\n")
    assert " closed " in said.splitlines()[-1] + " "
    assert stat.S_IMODE(file.stat().st_mode) == 0o666


def test_files_that_cannot_be_written_are_refused(start):
    daemon = start(policy())
    traces = folder(daemon)
    (traces / "link").symlink_to(traces / "elsewhere")
    os.mkfifo(traces / "pipe")
    assert "is not an absolute path" in daemon.console.fails("trace smtp add * * trace.log")
    assert "No such file or directory" in daemon.console.fails(f"trace smtp add * * {traces}/missing/trace.log")
    assert "is a symbolic link" in daemon.console.fails(f"trace smtp add * * {traces}/link")
    assert "Is a directory" in daemon.console.fails(f"trace smtp add * * {traces}")
    assert daemon.console.program("-e", f"trace smtp add * * {traces}/pipe").returncode == 1
    assert daemon.console.run("trace smtp list") == ""
    assert not (traces / "elsewhere").exists()


def test_there_may_be_64_files(start):
    daemon = start(policy())
    traces = folder(daemon)
    daemon.console.run(*[f"trace smtp add * * {traces}/{number}" for number in range(64)])
    assert "64 smtp tracers write to files, as many as there may be: trace smtp list" in daemon.console.fails(f"trace smtp add * * {traces}/more")
    assert not (traces / "more").exists()
    daemon.console.run("trace smtp remove 7")
    assert daemon.console.run(f"trace smtp add * * {traces}/more") == "Registered smtp tracer #65\n"
    assert len(daemon.console.rows("trace smtp list")) == 64


@pytest.mark.skipif(not is_usable(), reason="a sanitized program cannot run over a preloaded library")
def test_a_full_disk_ends_the_file_and_nothing_else(daemons, make_peer):
    peer = make_peer()
    daemon = daemons.make(policy(events=route(peer.mx)))
    disk, traces = FailingLayer(daemon), folder(daemon)
    disk.fail("write", error=errno.ENOSPC, under=traces)
    daemon.start()
    daemon.console.run(f"trace smtp add * * {traces}/trace.log")
    with daemon.session() as client:
        [spool_id] = client.deliver("a@from.test", "b@to.test")
    daemon.log.wait(type="Delivery", id=spool_id)
    daemon.wait_for_diagnostic(r"smtp tracer #1 ends: cannot write .*trace\.log: No space left on device")
    wait_until(lambda: daemon.console.run("trace smtp list") == "", "the tracer has gone", 20)


@pytest.mark.skipif(not is_usable(), reason="a sanitized program cannot run over a preloaded library")
def test_a_disk_that_does_not_answer_is_waited_for_at_the_end(daemons, make_peer):
    peer = make_peer()
    daemon = daemons.make(policy(events=route(peer.mx)))
    disk, traces = FailingLayer(daemon), folder(daemon)
    disk.hang("write", under=traces)
    daemon.start()
    daemon.console.run(f"trace smtp add * * {traces}/trace.log")
    with daemon.session() as client:
        [spool_id] = client.deliver("a@from.test", "b@to.test")
    daemon.log.wait(type="Delivery", id=spool_id)
    os.kill(daemon.process.pid, signal.SIGTERM)
    daemon.wait_for_diagnostic("trace files: still running: writer", 30)
    wait_until(lambda: "modules" not in threads(daemon), "the threads of modules have ended, after the loops", 30)
    assert "shutdown complete" not in daemon.process.own_output()
    disk.recover()
    daemon.stop()
    assert " connected " in (traces / "trace.log").read_text()  # the write that was under way


CONFIG = """policy = "@DIR@/policy.lua"
[modules.log_json]
enabled = true
[control]
mode = "0666"
operators = ["games"]
trace_smtp_mode = "0604"
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become other users")
def test_the_mode_is_configured_and_files_are_for_admins(daemons):
    daemon = daemons.start(policy(), CONFIG)
    file = folder(daemon) / "trace.log"
    games = pwd.getpwnam("games")
    done = daemon.console.program("-e", f"trace smtp add * * {file}", user=games.pw_uid, group=games.pw_gid, extra_groups=[])
    assert "trace smtp add needs the role admin" in done.stderr
    daemon.console.run(f"trace smtp add * * {file}")
    assert stat.S_IMODE(file.stat().st_mode) == 0o604
