"""The spool kind of the module memory_spool: works like the others, keeps nothing, and says so."""
import re

from harness.configuration import configuration, route
from harness.http import listener, metric
from harness.policy import policy, route as policy_route
from harness.senders import attempt
from harness.waiting import wait_until


def config(mx="127.0.0.1:25", modules="[modules.memory_spool]\nenabled = true", kind="memory", queue=""):
    return configuration(route(mx, queue), modules, data=f'path = "data"\nkind = "{kind}"', meta='path = "meta"\nkind = "memory"')


def test_mail_goes_through_and_nothing_is_written(daemons, peer):
    daemon = daemons.start(config=config(peer.mx))
    daemon.wait_for_diagnostic("kind memory keeps messages in memory alone: mail that was accepted is lost")
    with daemon.session() as client:
        ids = client.deliver("a@example.test", ["b@example.test", "c@example.test"])
    for spool_id in ids:
        daemon.log.wait(type="Delivery", id=spool_id)
    assert peer.messages
    assert not (daemon.dir / "data").exists() and not (daemon.dir / "meta").exists()


def test_a_policy_alone_gets_the_module_with_the_kind(start, peer):
    daemon = start(policy(spool="kind = 'memory'", events=policy_route(peer.mx)))
    daemon.wait_for_diagnostic("kind memory keeps messages in memory alone")
    with daemon.session() as client:
        [spool_id] = client.deliver("a@example.test", "b@example.test")
    daemon.log.wait(type="Delivery", id=spool_id)
    assert [m["module"] for m in daemon.console.rows("module list") if m["module"] == "memory_spool"]
    assert "module 'memory_spool' keeps the server's spool" in daemon.console.fails("module unload memory_spool")


def test_a_module_that_is_forbidden_does_not_come_with_the_kind(daemons):
    forbidden = 'policy = "@DIR@/policy.lua"\n[modules.memory_spool]\nenabled = false'
    done = daemons.make(policy(spool="kind = 'memory'"), forbidden).run_once("--check")
    assert done.returncode == 1
    assert 'kind "memory" is provided by the module memory_spool: enable it' in done.stdout


def test_what_waits_is_gone_after_a_restart(daemons, make_peer):
    peer = make_peer({"RCPT": "450 4.2.1 later"})
    daemon = daemons.start(config=config(peer.mx, queue='retry_interval = "1h"'))
    with daemon.session() as client:
        [spool_id] = client.deliver("a@example.test", "b@example.test")
    daemon.log.wait(type="TransientFailure", id=spool_id)
    daemon.restart()
    daemon.wait_for_diagnostic("spool listed: 0 messages")
    assert daemon.console.record("summary")["total_queue_size"] == 0


def test_without_the_module_the_kind_is_refused_with_what_to_do(daemons):
    done = daemons.make(config=config(modules="")).run_once("--check")
    assert done.returncode == 1
    assert re.search(r'godwit.toml:\d+: spool.data.kind: kind "memory" is provided by the module memory_spool: '
                     r"enable it with \[modules.memory_spool\] enabled = true", done.stdout), done.stdout


def test_a_kind_that_nobody_provides(daemons):
    done = daemons.make(config=config(kind="memroy")).run_once("--check")
    assert done.returncode == 1
    assert re.search(r'godwit.toml:\d+: spool.data.kind: unknown kind "memroy", did you mean "memory"', done.stdout), done.stdout


def test_its_settings_are_checked(daemons):
    done = daemons.make(config=config(modules="[modules.memory_spool]\nenabled = true\nmax_sze = 1")).run_once("--check")
    assert done.returncode == 1
    assert 'did you mean "max_size"' in done.stdout


def test_a_full_store_refuses_mail_delivers_what_it_has_and_takes_mail_again(daemons, make_peer):
    peer = make_peer({"RCPT": "450 4.2.1 later"})
    daemon = daemons.start(
        policy(spool="kind = 'memory'", init=listener(), events=policy_route(peer.mx, queue="retry_interval = '1s', max_retry_interval = '2s'")),
        'policy = "@DIR@/policy.lua"\n[modules.log_json]\nenabled = true\n[modules.memory_spool]\nenabled = true\nmax_size = "100KiB"')
    assert metric(daemon, "godwit_memory_spool_max_bytes") == 100 << 10
    large = "Subject: large\n\n" + ("x" * 70 + "\n") * 600
    for _ in range(2):
        assert attempt(daemon, content=large).code == 250
    assert 84_000 < metric(daemon, "godwit_memory_spool_used_bytes") < 100 << 10
    assert str(attempt(daemon, content=large)) == "452 4.3.1 insufficient system storage, try again later"
    daemon.wait_for_diagnostic(r"memory spool is full: \d+ bytes are kept and \d+ more are wanted, max_size is 102400")
    assert "the spool is not accepting writes" in attempt(daemon, content=large).text
    daemon.wait_for_diagnostic("writing succeeds again: mail is accepted", 30)
    peer.script.clear()
    peer.wait_messages(2, 60)
    wait_until(lambda: metric(daemon, "godwit_memory_spool_used_bytes") == 0, "the store is empty", 30)
    assert attempt(daemon, content=large).code == 250
    peer.wait_messages(3, 30)
