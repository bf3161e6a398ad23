"""Core without modules/: the daemon starts from TOML alone, takes a message, keeps it, and stops in good order."""
import os
import pathlib
import re
import signal
import smtplib
import subprocess
import time

import pytest

GODWITD = pathlib.Path(os.environ["GODWIT_BUILD"]) / "bin" / "godwitd"

CONFIG = """
[runtime]
user = "{user}"
[spool.data]
path = "{dir}/spool/data"
[spool.meta]
path = "{dir}/spool/meta"
[listener.smtp]
listen = "127.0.0.1:0"
relay_hosts = ["127.0.0.1"]
[queue.default]
retry_interval = "1m"
protocol = {{ smtp = {{ mx_list = ["127.0.0.1:9"] }} }}
[egress.path.default]
prohibited_hosts = []
"""


@pytest.fixture
def daemon(tmp_path):
    user = "root" if os.getuid() == 0 else ""
    (tmp_path / "godwit.toml").write_text(CONFIG.format(dir=tmp_path, user=user))
    log = tmp_path / "log"
    with open(log, "wb") as out:
        child = subprocess.Popen([GODWITD, "--config", tmp_path / "godwit.toml"], stdout=out, stderr=out)
    deadline = time.monotonic() + 30
    while "initialization complete" not in log.read_text():
        assert child.poll() is None and time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)
    yield child, int(re.search(r"smtp listener on 127\.0\.0\.1:(\d+)", log.read_text())[1]), log
    if child.poll() is None:
        child.kill()
        child.wait()


def test_it_takes_a_message_and_stops(daemon):
    child, port, log = daemon
    with smtplib.SMTP("127.0.0.1", port) as client:
        client.sendmail("a@example.test", ["b@example.test"], "Subject: x\r\n\r\nbody\r\n")
    child.send_signal(signal.SIGUSR1)
    deadline = time.monotonic() + 10
    while "queue summary: 1 message" not in log.read_text():
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)
    child.send_signal(signal.SIGTERM)
    assert child.wait(30) == 0, log.read_text()


def test_no_modules_are_there(daemon):
    assert not list((GODWITD.parent.parent / "modules").glob("*.so"))


def test_the_shipped_configuration_is_valid():
    conf = pathlib.Path(__file__).resolve().parents[2] / "conf" / "godwit.toml"
    checked = subprocess.run([GODWITD, "--config", conf, "--user", "nobody", "--check"], capture_output=True, text=True, timeout=60)
    assert checked.returncode == 0, checked.stderr
    assert checked.stdout == "OK\n"


def test_every_mistake_is_reported_with_its_line(tmp_path):
    bad = tmp_path / "bad.toml"
    bad.write_text('[listener.smtp]\nbaner = "x"\n[spool.data]\npath = 5\n[lisener.x]\n')
    checked = subprocess.run([GODWITD, "--config", bad, "--check"], capture_output=True, text=True, timeout=60)
    assert checked.returncode == 1
    assert f'{bad}:2: listener.smtp.baner: unknown key "baner", did you mean "banner"?' in checked.stderr
    assert f"{bad}:4: spool.data.path: invalid type: integer, expected string" in checked.stderr
    assert f'{bad}:5: lisener: unknown key "lisener", did you mean "listener"?' in checked.stderr
