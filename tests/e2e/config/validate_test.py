"""Mistakes in policy and configuration: all at once, with file and line and the nearest known key."""
import re

import pytest

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


def test_every_error_of_a_configuration_file_is_reported(daemons):
    done = validate(daemons, config="""[runtime]
loop = 2

[runtyme]

[[listener.smtp]]
listen = "127.0.0.1:0"
baner = "x"
""")
    assert done.returncode not in (0, 99)
    assert re.search(r"godwit\.toml:2: .*loop", done.stdout), done.stdout
    assert re.search(r"godwit\.toml:\d+: .*runtyme", done.stdout), done.stdout


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
