"""Mistakes in policy and configuration: all at once, with file and line and the nearest known key."""
import re

import pytest

from harness.configuration import configuration
from harness.policy import policy, route

GOOD = policy()


def validate(daemons, policy_text=None, config=None):
    return daemons.make(policy_text, config).run_once("--validate")


def test_a_good_policy(daemons):
    done = validate(daemons, GOOD)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("text, said", [
    (policy("baner = 'x'"), r"baner.*banner"),
    (policy(spool="kindd = 'RocksDB'"), r"kindd.*kind"),
    (policy("max_connections = 'many'"), r"max_connections"),
    (policy("invalid_line_endings = 'Sometimes'"), r"Sometimes.*Deny"),
    ("local kumo = require 'kumo'\nkumo.on('init', function(\n", r"policy\.lua:\d+"),
    ("local kumo = require 'kumo'\nkumo.nonsense()\n", r"policy\.lua:2"),
    ("local kumo = require 'kumo'\nkumo.on('init', function() end)\nkumo.on('init', function() end)\n",
     r"init event already has a handler defined at .*policy\.lua:2"),
])
def test_mistakes_in_a_policy(daemons, text, said):
    done = validate(daemons, text)
    assert done.returncode not in (0, 99), done.stdout
    assert re.search(said, done.stdout, re.S), done.stdout


def test_the_same_mistakes_prevent_a_start(daemons):
    done = daemons.make(policy("baner = 'x'")).run_once()
    assert done.returncode not in (0, 99)
    assert "baner" in done.stdout


def test_validation_does_not_bind(start, daemons, peer):
    running = start(policy(events=route(peer.mx)))
    done = validate(daemons, policy(f"listen = '127.0.0.1:{running.port}'"))
    assert done.returncode == 0, done.stdout


def test_an_address_in_use_is_an_error(start, daemons, peer):
    running = start(policy(events=route(peer.mx)))
    done = daemons.make(policy(f"listen = '127.0.0.1:{running.port}'")).run_once()
    assert done.returncode not in (0, 99)
    assert str(running.port) in done.stdout


WRONG = """[runtime]
loop = 2
user = "no-such-user"

[runtyme]

[log]
format = "fancy"
filter = "loud"

[listener.smtp]
listen = "127.0.0.1:0"
baner = "x"
[listener.tls]
listen = "127.0.0.1:0"
tls_certificate = "/nonexistent.pem"

[queue.default]
egress_pool = "nowhere"

[egress]
source = 5
[egress.pool.mine]
entries = [{ name = "lost" }]

[modules.log_json]
enabled = true
lugs = []
[modules.nosuch]
enabled = true
"""

# The line of each mistake above, and what is said of it.
MISTAKES = [
    (2, "loop.*loops"), (3, "no-such-user does not exist"), (5, "runtyme.*runtime"), (8, "fancy"), (9, "loud"),
    (13, "baner.*banner"), (14, "nonexistent.pem"), (19, r"egress\.pool\.nowhere"), (22, r"egress\.source\.NAME"),
    (23, r"egress\.source\.lost"), (28, "lugs.*logs"), (29, r"nosuch\.so is in none of"),
]


def test_every_error_of_a_configuration_file_is_reported(daemons):
    done = daemons.make(config=WRONG).run_once("--validate", user=None)
    assert done.returncode not in (0, 99)
    for line, said in MISTAKES:
        assert re.search(rf"godwit\.toml:{line}: .*{said}", done.stdout), f"{line} {said}\n{done.stdout}"
    assert re.search(r"godwit\.toml: spool: no spool is defined", done.stdout), done.stdout


def test_errors_of_file_and_policy_are_reported_together(daemons):
    daemon = daemons.make(policy("baner = 'x'"))
    daemon.config_file = daemon.dir / "godwit.toml"
    daemon.config_file.write_text(f'policy = "{daemon.policy_file}"\n[runtime]\nloop = 2\n'
                                  "[modules.log_json]\nenabled = true\n")
    done = daemon.run_once("--check")
    assert done.returncode not in (0, 99)
    assert re.search(r"godwit\.toml:3: .*loop", done.stdout), done.stdout
    assert re.search(r"baner.*banner", done.stdout), done.stdout


@pytest.mark.parametrize("section, said", [
    ("[modules.nosuch]\nenabled = true\n", r"nosuch\.so is in none of"),
    ("[modules.log_json]\nenabled = true\nlugs = []\n", "lugs.*logs"),
    ("[egress.path.default]\nopenssl_options = 'NO_TLSV1_4'\n", r"godwit\.toml:\d+: .*unknown OpenSSL option NO_TLSV1_4; did you mean NO_TLSV1"),
    ("[egress.path.default]\nrustls_cipher_suites = ['TLS13_AES']\n", r"godwit\.toml:\d+: .*unknown cipher suite TLS13_AES"),
    ("[dns]\nname_servers = ['not an address']\n", "not an address"),
    ("[dns]\nzones = ['$ORIGIN']\n", "zone"),
])
@pytest.mark.parametrize("how", [(), ("--check",)])
def test_what_cannot_start_ends_with_words(daemons, section, said, how):
    done = daemons.make(config=configuration(section, logs=None)).run_once(*how)
    assert done.returncode not in (0, 99)
    assert re.search(said, done.stdout), done.stdout


def test_a_certificate_of_a_policy_that_cannot_be_read(daemons):
    done = daemons.make(policy("tls_certificate = '/nonexistent.pem'")).run_once()
    assert done.returncode not in (0, 99)
    assert re.search(r"policy\.lua:\d+.*tls_certificate: cannot open /nonexistent\.pem", done.stdout, re.S), done.stdout


def test_a_missing_policy_file(daemons):
    daemon = daemons.make(GOOD)
    daemon.policy_file.unlink()
    done = daemon.run_once("--validate")
    assert done.returncode not in (0, 99)
    assert "policy.lua" in done.stdout


def test_several_listeners_and_addresses(start, peer):
    daemon = start(policy("listen = { '127.0.0.1:0', '127.0.0.2:0' }", more_listeners=["listen = '[::1]:0'"],
                          events=route(peer.mx)))
    assert [host for host, _ in daemon.listeners] == ["127.0.0.1", "127.0.0.2", "::1"]
    for address in daemon.listeners:
        with daemon.smtp(address) as client:
            client.expect("220 mx.test KumoMTA")


def test_a_misspelled_event_is_named(daemons):
    done = validate(daemons, GOOD + "\nkumo.on('smtp_server_rctp_to', function() end)\n")
    assert done.returncode == 0, done.stdout
    assert re.search(r'smtp_server_rctp_to.*did you mean "smtp_server_rcpt_to"', done.stdout), done.stdout


def test_an_event_that_never_happens_is_named(daemons):
    done = validate(daemons, GOOD + "\nkumo.on('should_enqueue_log_record', function() end)\n")
    assert done.returncode == 0, done.stdout
    assert re.search(r'should_enqueue_log_record.*this server does not have yet: the handler never runs', done.stdout), done.stdout
