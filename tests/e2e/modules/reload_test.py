"""Modules come, go and are replaced under full mail load: no message is lost, doubled, or passes a module by."""
import collections
import pathlib
import re
import subprocess
import threading

import pytest

from harness import http
from harness.configuration import configuration, route
from harness.dkim_keys import DkimKey
from harness.godwitd import build_directory
from harness.policy import queue_events
from harness.senders import flowing, smtp_source_command
from harness.waiting import PATIENCE, wait_until

FIXTURES = build_directory() / "tests/abi/fixtures"

MODULES = f"""
[runtime]
module_path = ["{FIXTURES}"]
[modules.greeting]
enabled = true
[modules.dkim]
enabled = true
"""

# Signs whenever the module is there.
SIGNING = """
local there, signer = pcall(function()
  return kumo.dkim.rsa_sha256_signer {{ domain = 'example.test', selector = 's', headers = {{ 'From' }}, key = {{ key_data = [[{key}]] }} }}
end)
kumo.on('smtp_server_message_received', function(msg)
  if there then msg:dkim_sign(signer) end
end)
"""

# With a signer made for each message.
SIGNING_ANEW = """
kumo.on('smtp_server_message_received', function(msg)
  msg:dkim_sign(kumo.dkim.rsa_sha256_signer {{ domain = 'example.test', selector = 's', headers = {{ 'From' }}, key = {{ key_data = [[{key}]] }} }})
end)
"""


@pytest.fixture
def start_with(daemons):
    """start_with(sink, policy text): a daemon with MODULES that delivers to the sink."""
    def start(sink, text=""):
        queue = f"protocol = {{ smtp = {{ mx_list = {{ '{sink.mx}' }} }} }}"
        policy = "local kumo = require 'kumo'\n" + queue_events(queue) + text
        return daemons.start(policy, 'policy = "@DIR@/policy.lua"\n' + configuration(MODULES))
    return start


class Maintenance:
    """Somebody at the console who does one command after the other, over and over, in a thread."""

    def __init__(self, daemon, commands, may_fail=()):
        self.daemon, self.commands, self.may_fail = daemon, commands, may_fail
        self.done, self.errors = 0, []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()

    def _run(self):
        while not self._stop.is_set():
            for command in self.commands:  # a round is always finished: what was unloaded is there again
                ran = self.daemon.console.program("-e", command)
                if ran.returncode != 0:
                    self.errors.append(f"{command}: {ran.stderr}")
            self.done += 1


def dumped(sink):
    """[(tag, body)] of what the sink took."""
    found = []
    for content in sink.contents():
        head, body = content.replace(b"\r\n", b"\n").split(b"\n\n", 1)
        tag = re.search(rb"^X-Mail-Args: <([^@]+)@", head, re.M)[1].decode()
        found.append((tag, body.rstrip(b"\n").replace(b"\n", b"\r\n") + b"\r\n"))
    return found


def mapped(daemon, name):
    """How many copies of a module's code are in the daemon's memory."""
    lines = pathlib.Path(f"/proc/{daemon.process.pid}/maps").read_text().splitlines()
    return len({tuple(line.split()[3:5]) for line in lines if f"{name}.so" in line})


def open_files(daemon):
    return len(list(pathlib.Path(f"/proc/{daemon.process.pid}/fd").iterdir()))


@pytest.mark.timeout(600)
def test_a_reload_is_not_noticed_by_those_who_send(start_with, make_sink):
    sink = make_sink()
    daemon = start_with(sink)
    count = 5000
    daemon.console.run("module reload greeting", "module reload log_json")
    before = open_files(daemon)
    with Maintenance(daemon, ["module reload greeting", "module reload log_json"]) as maintenance:
        done = subprocess.run(smtp_source_command(daemon.address, count, sessions=8), timeout=300 * PATIENCE, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        sink.wait(count, 120)
        wait_until(lambda: maintenance.done >= 3, "the modules were reloaded three times", 120)
    assert done.returncode == 0, done.stdout  # no session met a refusal
    assert not maintenance.errors
    assert sink.count() == count
    assert all(len(re.findall(rb"^X-greeting: hello\r?$", m, re.M)) == 1 for m in sink.contents())
    for kind in ("Reception", "Delivery"):
        daemon.log.wait(120, count, type=kind)
        assert len(daemon.log.records(type=kind)) == count
    # What is left in memory of the former code goes with the last VM that was made with it.
    wait_until(lambda: mapped(daemon, "greeting") == 1, lambda: f"{mapped(daemon, 'greeting')} copies of the module's code", 90, 1)
    wait_until(lambda: open_files(daemon) <= before + 16, lambda: f"{open_files(daemon)} open files, {before} before", 30)


@pytest.mark.timeout(600)
def test_a_reload_is_not_noticed_by_a_policy_that_calls_the_module(start_with, make_sink, tmp_path):
    key, sink, count = DkimKey(tmp_path, "rsa_sha256"), make_sink(), 1500
    daemon = start_with(sink, SIGNING_ANEW.format(key=key.pem))
    with Maintenance(daemon, ["module reload dkim"]) as maintenance:
        done = subprocess.run(smtp_source_command(daemon.address, count, sessions=8), timeout=300 * PATIENCE, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        assert done.returncode == 0, done.stdout  # no session met a refusal
        sink.wait(count, 120)
    assert maintenance.done >= 1
    assert not maintenance.errors
    assert sink.count() == count
    assert all(m.count(b"DKIM-Signature:") == 1 for m in sink.contents())


@pytest.mark.timeout(600)
def test_a_reload_is_not_noticed_by_those_who_ask_a_route(daemons):
    daemon = daemons.start(config=configuration(MODULES + """
[modules.probe]
enabled = true
[http.admin]
listen = "127.0.0.1:0"
"""))
    answers = collections.Counter()
    with Maintenance(daemon, ["module reload probe"]) as maintenance:
        while maintenance.done < 8 and not maintenance.errors:
            with http.client(daemon, seconds=30) as c:
                for _ in range(50):
                    reply = c.get("/probe/greeting")
                    answers[reply.status, reply.text] += 1
    assert not maintenance.errors
    assert set(answers) == {(200, '"hello"')}, answers


@pytest.mark.timeout(600)
def test_a_reload_is_not_noticed_by_messages_that_the_module_delivers(daemons):
    boxes = queue_events("protocol = { maildir_path = '@DIR@/mail/{{ domain_part }}/{{ local_part }}' }")
    daemon = daemons.start("local kumo = require 'kumo'\n" + boxes, 'policy = "@DIR@/policy.lua"\n' + configuration("""
[modules.maildir]
enabled = true
"""))
    count, senders = 400, 4
    with Maintenance(daemon, ["module reload maildir"]) as maintenance:
        for number in range(senders):
            command = smtp_source_command(daemon.address, count, sessions=2, to=f"user@number{number}.test")
            done = subprocess.run(command, timeout=300 * PATIENCE, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
            assert done.returncode == 0, done.stdout
        wait_until(lambda: maintenance.done >= 5, "the module was reloaded five times", 120)
    daemon.log.wait(120, senders * count, type="Delivery")
    assert not maintenance.errors
    assert not daemon.log.records(type="TransientFailure")
    assert len(daemon.log.records(type="Delivery")) == senders * count
    for number in range(senders):
        assert len(list((daemon.dir / f"mail/number{number}.test/user/new").iterdir())) == count


def test_a_reload_that_fails_leaves_file_and_settings_as_they_were(daemons, peer):
    daemon = daemons.start(config=configuration(route(peer.mx), """
[modules.ec_logger]
enabled = true
mainlog = "@DIR@/main.log"
rejectlog = "@DIR@/reject.log"
paniclog = "@DIR@/panic.log"
"""))
    written = daemon.dir / "main.log"
    good = daemon.config_file.read_text()
    daemon.config_file.write_text(good.replace("/main.log", "/missing/main.log"))
    why = daemon.console.fails("module reload ec_logger")
    assert "start failed: cannot open" in why and "the module works with its former file and settings" in why
    with daemon.session() as client:
        client.deliver("a@example.test", "b@example.test")
    wait_until(lambda: "@D@" in written.read_text(), "the delivery is in the main log")
    daemon.config_file.write_text(good)
    daemon.console.run("module reload ec_logger")


@pytest.mark.timeout(600)
def test_no_message_is_lost_or_doubled_while_modules_come_and_go(start_with, make_sink, tmp_path):
    key = DkimKey(tmp_path, "rsa_sha256")
    sink = make_sink()
    daemon = start_with(sink, SIGNING.format(key=key.pem))
    commands = ["module reload dkim", "module unload dkim", "module load dkim", "module reload greeting", "module unload log_json",
                "module load log_json", "module unload greeting", "module load greeting"]
    with flowing(daemon, per_session=1) as ledger, Maintenance(daemon, commands) as maintenance:
        wait_until(lambda: len(ledger.promised) >= 400, "400 messages are accepted", 240)
        wait_until(lambda: maintenance.done >= 2, "the modules were changed twice", 120)
    assert not maintenance.errors
    # The one documented refusal: a script that was in the middle of a function of the module that went.
    assert ledger.refused.keys() <= {421, "closed"}, ledger.refused
    sink.wait(len(ledger.promised), 120)
    ledger.check_each_once(dumped(sink))
    assert {m["module"] for m in daemon.console.rows("module list")} >= {"dkim", "greeting", "log_json"}
    assert sum(b"DKIM-Signature:" in m for m in sink.contents()) > 0
