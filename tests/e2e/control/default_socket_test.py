"""Without a setting the control socket is in /run/godwit: root makes the directory for the user that the daemon becomes."""
import os
import subprocess

import pytest

from harness.godwitd import binary
from harness.policy import policy

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be given up, and have a /run of its own")

# The daemon with an empty /run that nobody else sees, and without the socket that the harness names.
WRAPPER = """#!/bin/sh
shift 2
exec unshare --mount sh -c 'mount -t tmpfs -o mode=755 none /run && {before} && exec "$0" "$@"' {program} "$@"
"""


@pytest.fixture
def start_with(daemons):
    def start(before="true"):
        daemon = daemons.make(policy())
        daemon.program = daemon.dir / "start"
        daemon.program.write_text(WRAPPER.format(before=before, program=binary()))
        daemon.program.chmod(0o755)
        return daemon.start()
    return start


def console(daemon, command):
    return subprocess.run(["nsenter", "--mount", f"--target={daemon.process.pid}", binary("godwit"), "console", "-e", command],
                          env={k: v for k, v in daemon.env.items() if k != "GODWIT_CONTROL"}, capture_output=True, text=True, check=False)


def test_the_console_works_without_a_setting(start_with):
    daemon = start_with()
    daemon.wait_for_diagnostic("control socket on /run/godwit/control.sock")
    done = console(daemon, "pid")
    assert done.returncode == 0 and str(daemon.process.pid) in done.stdout, done


def test_a_directory_of_somebody_else_means_no_socket(start_with):
    daemon = start_with("mkdir /run/godwit")
    daemon.wait_for_diagnostic("no control socket: /run/godwit/control.sock cannot be written")
    done = console(daemon, "pid")
    assert done.returncode != 0 and "is godwitd running" in done.stderr, done
