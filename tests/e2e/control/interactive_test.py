"""godwit console at a terminal."""
import os
import pty
import re
import select
import signal
import socket
import subprocess
import time

import pytest

from harness.policy import policy
from harness.waiting import PATIENCE


class Terminal:
    """The console on a pseudo terminal."""

    def __init__(self, daemon, directory, **env):
        self.master, slave = pty.openpty()
        self.history = directory / "history"
        environment = {**daemon.console.env, "TERM": "dumb", "GODWIT_HISTORY": str(self.history), **env}
        self.child = subprocess.Popen(daemon.console.command(), stdin=slave, stdout=slave, stderr=slave, env=environment,
                                      start_new_session=True, preexec_fn=lambda: os.system("stty -echo 2>/dev/null; true"))
        os.close(slave)
        self.said = ""

    def expect(self, pattern, seconds=10):
        """The first match in what was said since the last one."""
        deadline = time.monotonic() + seconds * PATIENCE
        while True:
            if match := re.search(pattern, self.said):
                self.said = self.said[match.end():]
                return match
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.master], [], [], left)[0]:
                raise AssertionError(f"{pattern!r} was not said; said {self.said!r}")
            try:
                self.said += os.read(self.master, 65536).decode(errors="replace")
            except OSError:
                raise AssertionError(f"{pattern!r} was not said before the end; said {self.said!r}") from None

    def type(self, text):
        os.write(self.master, text if isinstance(text, bytes) else text.encode())

    def interrupt(self):
        self.child.send_signal(signal.SIGINT)

    def close(self):
        if self.child.poll() is None:
            self.child.kill()
        self.child.wait()
        os.close(self.master)


@pytest.fixture
def terminal(daemons):
    def make(daemon, **env):
        return daemons.keep(Terminal(daemon, daemons.dir, **env))
    return make


def test_commands_help_and_quit(start, terminal):
    daemon = start(policy())
    t = terminal(daemon)
    t.expect("role admin")
    t.expect("godwit> ")
    t.type("pid\n")
    t.expect(rf"\n{daemon.process.pid}\r\n")
    t.expect("godwit> ")
    t.type("help\n")
    t.expect("module list")
    t.expect(r"\\pager")
    t.expect("godwit> ")
    t.type("sumary\n")
    t.expect("did you mean summary")
    t.expect("godwit> ")
    t.type("quit\n")
    assert t.child.wait(10 * PATIENCE) == 0
    assert "pid" in t.history.read_text()


def test_history_is_kept(start, terminal):
    daemon = start(policy())
    first = terminal(daemon)
    first.expect("godwit> ")
    first.type("pid\n")
    first.expect(str(daemon.process.pid))
    first.expect("godwit> ")
    first.type("\x04")
    assert first.child.wait(10 * PATIENCE) == 0
    second = terminal(daemon)
    second.expect("godwit> ")
    second.type("\x10\n")  # Ctrl-P: the line before
    second.expect(str(daemon.process.pid))


@pytest.mark.parametrize("end", [signal.SIGHUP, signal.SIGKILL])
def test_history_survives_a_terminal_that_is_closed(start, terminal, end):
    daemon = start(policy())
    first = terminal(daemon)
    first.expect("godwit> ")
    for line in ("version", "pid", "pid"):
        first.type(line + "\n")
        first.expect("godwit> ")
    beside = terminal(daemon)
    beside.expect("godwit> ")
    beside.type("sysinfo\n")
    beside.expect("godwit> ")
    first.child.send_signal(end)
    assert first.child.wait(10 * PATIENCE) == -end
    beside.type("quit\n")
    assert beside.child.wait(10 * PATIENCE) == 0
    assert first.history.read_text().splitlines() == ["_HiStOrY_V2_", "version", "pid", "sysinfo", "quit"]
    assert first.history.stat().st_mode & 0o777 == 0o600


def test_a_long_history_is_cut_and_another_file_is_left_alone(start, terminal):
    daemon = start(policy())
    history = daemon.dir / "history"
    history.write_text("_HiStOrY_V2_\n" + "".join(f"dig\\040n{i}.test\n" for i in range(1500)))
    t = terminal(daemon, GODWIT_HISTORY=str(history))
    t.expect("godwit> ")
    t.type("quit\n")
    assert t.child.wait(10 * PATIENCE) == 0
    kept = history.read_text().splitlines()
    assert (len(kept), kept[1], kept[-2:]) == (1002, "dig\\040n500.test", ["dig\\040n1499.test", "quit"])
    history.write_text("somebody's letter\n")
    t = terminal(daemon, GODWIT_HISTORY=str(history))
    t.expect("is no history that can be read")
    t.expect("godwit> ")
    t.type("quit\n")
    assert t.child.wait(10 * PATIENCE) == 0
    assert history.read_text() == "somebody's letter\n"


LOCALES = ({"LANG": "C.UTF-8"}, {"LANG": "C"}, {"LANG": "de_DE.ISO-8859-1"}, {"LC_ALL": "POSIX"})


@pytest.mark.parametrize("locale", LOCALES, ids=lambda env: "".join(env.values()))
def test_a_name_that_is_not_ascii_arrives_whole(start, terminal, locale):
    daemon = start(policy())
    t = terminal(daemon, **locale)
    t.expect("godwit> ")
    for name in ("k\u00e4se.test", "\u4f8b\u3048.test", "\u00a0\u00ad\u200b\u0301.test", "\U0001f9c0.test", "k\u00e4\u00fc\x7fse.test"):
        t.type(f"mailq --domain {name}\n")
        t.expect("godwit> ")
        asked = name.replace("\u00fc\x7f", "")  # Backspace takes a character
        daemon.wait_for_diagnostic(re.escape(f'command="mailq --domain {asked}" outcome=ok'))
    t.type("\x10\n")  # Ctrl-P: from the history
    t.expect("godwit> ")
    second = terminal(daemon, **locale)
    second.expect("godwit> ")
    second.type("\x10 # again\n")
    second.expect("too many")
    daemon.wait_for_diagnostic('command="mailq --domain k\u00e4se.test # again" outcome=failed')


@pytest.mark.parametrize("typed", [b"k\xe4se.test", b"\xc3\xa4\xff.test", b"cut\xc3", b"k\xc2\x85se.test", b"\xed\xa0\x80.test"], ids=repr)
def test_a_line_that_is_not_utf8_is_refused_whole(start, terminal, typed):
    daemon = start(policy())
    t = terminal(daemon, LANG="C")
    t.expect("godwit> ")
    t.type(b"mailq --domain " + typed + b"\n")
    t.expect("was not run")
    t.expect("godwit> ")
    t.type("pid\n")
    t.expect(str(daemon.process.pid))
    assert "mailq" not in daemon.diagnostics()


def test_tab_completes_words_and_names(start, terminal):
    daemon = start(policy())
    t = terminal(daemon)
    t.expect("godwit> ")
    t.type("modu\tunl\tlog_\t\x01")
    t.expect("module unload log_json")


def test_pager(start, terminal):
    daemon = start(policy())
    t = terminal(daemon, PAGER="sed s/^/paged:/")
    t.expect("godwit> ")
    t.type("\\pager\n")
    t.expect("The pager is on")
    t.type("help\n")
    t.expect("paged:.*active")
    t.expect("godwit> ")
    t.type("\\pager\n")
    t.expect("The pager is off")
    t.type("help\n")
    t.expect(r"\nactive")


def test_ctrl_c_gives_up_the_line_and_leaves_the_server(start, terminal):
    daemon = start(policy())
    t = terminal(daemon)
    t.expect("godwit> ")
    t.type("pi")
    t.expect("pi")
    t.interrupt()
    t.expect("godwit> ")
    t.type("pid\n")
    t.expect(str(daemon.process.pid))
    assert daemon.process.is_running()


SLOW_DNS = """policy = "@DIR@/policy.lua"
[modules.log_json]
enabled = true
[dns]
name_servers = ["127.0.0.1:{port}"]
mx_timeout = "10 minutes"
"""


def test_ctrl_c_ends_the_running_command_and_not_the_server(daemons, terminal):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:  # a name server that never answers
        silent.bind(("127.0.0.1", 0))
        daemon = daemons.start(policy(), SLOW_DNS.format(port=silent.getsockname()[1]))
        t = terminal(daemon)
        t.expect("godwit> ")
        t.type("dig slow.test\n")
        t.expect("submitted")
        t.interrupt()
        t.expect("cancelled")
        t.expect("godwit> ")
        t.type("pid\n")
        t.expect(str(daemon.process.pid))
        daemon.wait_for_diagnostic('command="dig slow.test" outcome=cancelled')
