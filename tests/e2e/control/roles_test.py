"""Who may do what, as the kernel tells who it is; and the audit line."""
import grp
import os
import pwd
import re

import pytest

from harness.policy import policy

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become other users")

CONFIG = """policy = "@DIR@/policy.lua"
[modules.log_json]
enabled = true
[control]
mode = "0666"
group = "nogroup"
admins = ["bin"]
operators = ["games"]
readers = ["mail"]
"""


def run_as(daemon, user, line):
    entry = pwd.getpwnam(user)
    return daemon.console.program("-e", line, user=entry.pw_uid, group=entry.pw_gid, extra_groups=[])


@pytest.mark.parametrize("user, look, change, administer", [
    ("mail", 0, 1, 1), ("games", 0, 0, 1), ("bin", 0, 0, 0), ("nobody", 0, 0, 0), ("root", 0, 0, 0), ("news", 1, 1, 1)])
def test_roles_follow_the_user(daemons, user, look, change, administer):
    daemon = daemons.start(policy(), CONFIG)
    assert run_as(daemon, user, "pid").returncode == look
    assert run_as(daemon, user, "flush domain all").returncode == change
    assert run_as(daemon, user, "reopen logs").returncode == administer


def test_a_refusal_names_role_and_user(daemons):
    daemon = daemons.start(policy(), CONFIG)
    assert run_as(daemon, "mail", "shutdown").stderr == "shutdown needs the role admin; user mail has reader\n"
    assert "user news may not use this server" in run_as(daemon, "news", "pid").stderr


def test_a_group_gives_a_role(daemons):
    daemon = daemons.start(policy(), CONFIG)
    news = pwd.getpwnam("news")
    done = daemon.console.program("-e", "flush domain all", user=news.pw_uid, group=news.pw_gid,
                                  extra_groups=[grp.getgrnam("nogroup").gr_gid])
    assert done.returncode == 0, done.stderr


def test_every_command_is_audited(daemons):
    daemon = daemons.start(policy(), CONFIG)
    run_as(daemon, "games", 'help  "pid"')
    run_as(daemon, "mail", "shutdown")
    daemon.wait_for_diagnostic(r'control user=games uid=\d+ pid=\d+ command="help  \\"pid\\"" outcome=ok duration=\S+')
    daemon.wait_for_diagnostic(r'control user=mail uid=\d+ pid=\d+ command="shutdown" outcome=failed duration=\S+ error="shutdown needs')


def test_unknown_names_stop_the_start(daemons):
    daemon = daemons.make(policy(), CONFIG.replace('"games"', '"no-such-user"'))
    refused = daemon.run_once()
    assert refused.returncode == 1
    assert re.search("no-such-user is neither a user nor a group of this machine", refused.stdout)
