"""docs/kumomta-differences.md: what it calls absent is absent, what it calls accepted or refused is."""
import re
import subprocess

import pytest

from harness.godwitd import ROOT, binary
from harness.policy import policy

PAGE = (ROOT / "docs/kumomta-differences.md").read_text()
FUNCTIONS, MODULES, EVENTS = re.findall(r"^```text\n(.*?)^```", PAGE, re.M | re.S)


def listing(what):
    return subprocess.run([binary("godwit"), what], capture_output=True, text=True, check=True).stdout


def absent_functions():
    """("kumo", "spawn_task"), …"""
    for line in FUNCTIONS.replace("\n  ", " ").splitlines():
        owner, names = line.split(":")
        yield from ((owner, name) for name in names.split())


def test_functions_that_are_not_there():
    there = set(re.findall(r"^function (\S+)\(", listing("lua-api"), re.M))
    methods = {name.lower() for name in re.findall(r"^method\s+(Message:\w+)\(", listing("lua-api"), re.M)}
    assert "kumo.define_spool" in there and "message:get_data" in methods
    found = [f"{owner}.{name}" for owner, name in absent_functions() if f"{owner}.{name}" in there or f"{owner}:{name}" in methods]
    assert not found, "the page says that these are not there"


def test_modules_that_are_not_there():
    there = {name.rpartition(".")[0] for name in re.findall(r"^function (\S+)\(", listing("lua-api"), re.M)}
    assert not there & set(MODULES.split()), "the page says that these are not there"


def test_events_that_never_happen(daemons):
    there = set(re.findall(r"^\| `(\w+)` \|", listing("events"), re.M))
    assert "init" in there
    assert not there & set(EVENTS.split()), "the page says that these never happen"
    done = daemons.make(policy(events="".join(f"kumo.on('{e}', function() end)\n" for e in EVENTS.split()))).run_once("--validate")
    assert [e for e in EVENTS.split() if f'"{e}", which this server does not have yet' not in done.stdout] == [], done.stdout


def test_the_defaults_that_it_names():
    options = listing("options")
    for table, option, value in [("define_spool", "kind", '"RocksDB"'), ("define_spool", "flush", "true"), ("rocks_params", "paranoid_checks", "true"),
                                 ("make_egress_path", "data_timeout", '"5m"'), ("make_egress_path", "data_dot_timeout", '"5m"'),
                                 ("make_egress_path", "idle_timeout", '"5s"')]:
        section = options[options.index(f"\n## {table}\n"):].split("\n## ")[1]
        assert re.search(rf"^\| `{option}` \| [^\n]* \| `{re.escape(value)}` \|", section, re.M), (option, section)


@pytest.mark.parametrize("statement, said", [
    ("kumo.make_egress_path { enable_dane = true }", "enable_dane.*does not evaluate TLSA"),
    ("kumo.make_egress_path { tls_private_key = { vault_mount = 'a', vault_path = 'b' } }", "no vault client"),
    ("kumo.make_egress_path { tls_private_key = { event_name = 'a' } }", "keys from events are not served"),
    ("kumo.dns.lookup_mx('example.com', 'mine')", "resolver|mine"),
    ("kumo.configure_local_logs { log_dir = '@DIR@/log', per_record = { Any = { template = 'x' } } }", "per_record.template is not supported"),
])
def test_what_is_an_error(daemons, statement, said):
    done = daemons.make(policy(init=f"  {statement}\n")).run_once("--validate")
    assert done.returncode == 1
    assert re.search(said, done.stdout), done.stdout


@pytest.mark.parametrize("statement", [
    "kumo.make_egress_path { enable_mta_sts = true, tls_prefer_openssl = true, readyq_pool_name = 'x', maintainer_wakeup_strategy = 'Relaxed' }",
    "kumo.make_egress_path { max_message_rate = 'local:100/s', rustls_cipher_suites = { 'TLS13_AES_128_GCM_SHA256' } }",
    "kumo.make_queue_config { strategy = 'SkipList', timerwheel_tick_interval = '5s' }",
    "kumo.make_queue_config { protocol = { smtp = { mx_list = { 'a.test' }, treat_mx_list_as_secure = true } } }",
    "kumo.set_smtpsrv_threads(4) kumo.set_qmaint_threads(4) kumo.configure_accounting_db_path '/x'",
    "kumo.dns.configure_resolver { name_servers = { '127.0.0.1' }, options = { ndots = 1, edns0 = true } }",
])
def test_what_is_accepted(daemons, statement):
    done = daemons.make(policy(init=f"  {statement}\n")).run_once("--validate")
    assert done.returncode == 0, done.stdout
