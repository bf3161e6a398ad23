"""A configuration file and a policy together: who decides what, and what is read again."""
import re
import signal

import pytest

from harness.configuration import configuration, loopback_path, section
from harness.waiting import wait_until

NAMED = 'policy = "@DIR@/policy.lua"\n'
KUMO = "local kumo = require 'kumo'\n"


def both(daemons, policy, *sections, **parts):
    return daemons.make(KUMO + policy, NAMED + configuration(*sections, **parts))


def to(peer, more=""):
    """Lines of a [queue.…] section."""
    return f'protocol = {{ smtp = {{ mx_list = ["{peer.mx}"] }} }}\n{more}'


def send(daemon, *recipients):
    for recipient in recipients:
        with daemon.session() as client:
            client.deliver("a@example.test", recipient)


def test_where_the_policy_says_nothing_the_scopes_answer(daemons, peer, make_peer):
    other = make_peer()
    policy = f"""
kumo.on('get_queue_config', function(domain)
  if domain == 'one.test' then
    return kumo.make_queue_config {{ protocol = {{ smtp = {{ mx_list = {{ '{other.mx}' }} }} }} }}
  end
end)
"""
    daemon = both(daemons, policy, section("queue.default", to(peer)), loopback_path()).start()
    send(daemon, "b@one.test", "b@two.test")
    assert peer.wait_messages().recipients == ["b@two.test"]
    assert other.wait_messages().recipients == ["b@one.test"]


def test_what_a_handler_returns_is_the_whole_answer(daemons, make_peer):
    """max_age of the scope would have given the message up at once."""
    peer = make_peer({"RCPT": ["450 4.2.1 later", "250 ok"]})
    policy = f"""
kumo.on('get_queue_config', function(domain)
  return kumo.make_queue_config {{ retry_interval = '1s', protocol = {{ smtp = {{ mx_list = {{ '{peer.mx}' }} }} }} }}
end)
"""
    daemon = both(daemons, policy, section("queue.default", 'max_age = "0s"'), loopback_path()).start()
    send(daemon, "b@one.test")
    peer.wait_messages()
    assert daemon.log.has_none(type="Expiration")


def test_a_policy_uses_pools_and_sources_of_the_file(daemons, peer):
    policy = f"""
kumo.on('get_queue_config', function(domain)
  return kumo.make_queue_config {{ egress_pool = 'mine', protocol = {{ smtp = {{ mx_list = {{ '{peer.mx}' }} }} }} }}
end)
kumo.on('get_egress_source', function(name)
  if name == 'of_policy' then return kumo.make_egress_source {{ name = name, ehlo_domain = 'policy.test' }} end
end)
"""
    pool = 'entries = [{ name = "of_file" }, { name = "of_policy" }]'
    daemon = both(daemons, policy, section("egress.pool.mine", pool),
                  section("egress.source.of_file", 'ehlo_domain = "file.test"'), loopback_path()).start()
    send(daemon, "b@one.test", "b@one.test")
    assert {m.session.commands[0] for m in peer.wait_messages(2)} == {"EHLO file.test", "EHLO policy.test"}


def test_listeners_of_both(daemons):
    policy = "kumo.on('init', function() kumo.start_esmtp_listener { listen = '127.0.0.2:0' } end)\n"
    daemon = both(daemons, policy).start()
    assert [host for host, _ in daemon.listeners] == ["127.0.0.1", "127.0.0.2"]


def test_a_spool_that_both_define_is_an_error(daemons):
    done = both(daemons, "kumo.on('init', function()\n  kumo.define_spool { name = 'data', path = '/x' }\nend)\n").run_once("--check")
    assert done.returncode == 1
    assert re.search(r'policy\.lua:3: spool "data" is already defined, with path \S+/spool/data', done.stdout), done.stdout


@pytest.mark.parametrize("setting, said", [
    ("", None),
    ("[modules.log_json]\nenabled = false\n", r"kumo\.configure_local_logs is provided by the module log_json: enable it"),
])
def test_the_log_that_a_policy_configures(daemons, setting, said):
    policy = "kumo.on('init', function() kumo.configure_local_logs { log_dir = '@DIR@/log' } end)\n"
    done = both(daemons, policy, setting, logs=None).run_once("--check")
    assert done.returncode == (1 if said else 0), done.stdout
    assert not said or re.search(said, done.stdout), done.stdout


def test_the_command_line_names_another_policy(daemons):
    daemon = both(daemons, "kumo.on('init', function() kumo.nonsense() end)\n")
    other = daemon.dir / "other.lua"
    other.write_text("kumo = require 'kumo'\n")
    assert daemon.run_once("--check").returncode == 1
    assert daemon.run_once("--check", "--policy", other).returncode == 0


def test_a_check_binds_and_writes_nothing(daemons):
    daemon = both(daemons, "")
    before = sorted(daemon.dir.rglob("*"))
    assert daemon.run_once("--check").stdout.endswith("OK\n")
    assert sorted(daemon.dir.rglob("*")) == before


def test_sighup_reads_the_policy_again_and_the_file_does_not_change(daemons):
    policy = "kumo.on('smtp_server_ehlo', function() kumo.reject(550, '{}') end)\n"
    daemon = both(daemons, policy.format("first")).start()
    daemon.policy_file.write_text(KUMO + policy.format("second"))
    daemon.config_file.write_text("nonsense")

    def refusal():
        with daemon.smtp() as client:
            client.expect("220")
            return str(client.command("EHLO client.test"))
    assert refusal() == "550 first"
    daemon.process.child.send_signal(signal.SIGHUP)
    wait_until(lambda: refusal() == "550 second", "the new policy answers", 15)


def test_config_show_has_every_section(daemons):
    daemon = both(daemons, "", section("queue.default", 'max_age = "1 day"'), loopback_path('smtp_auth_plain_password = { key_data = "hidden" }'),
                  section("egress.source.ip1", 'socks5_proxy_password = "hidden"'), section("http.admin", 'listen = "127.0.0.1:0"')).start()
    shown = daemon.console.run("config show")
    for line in ('queue.default.max_age = "1 day"', 'egress.path.default.enable_tls = "Disabled"', 'egress.source.ip1.socks5_proxy_password = "***"',
                 'egress.path.default.smtp_auth_plain_password = "***"'):
        assert line in shown.splitlines(), shown
    assert daemon.console.run("config show http admin listen") == 'http.admin.listen = "127.0.0.1:0"\n'
    assert "hidden" not in shown
