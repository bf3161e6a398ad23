"""Name servers that fail: mail waits and goes on by itself, and no failure passes for an answer."""
import pytest

from harness import http
from harness.configuration import configuration, loopback_path, section
from harness.names import CUT_OFF, SILENT, TRUNCATED, ScriptedNames
from harness.policy import policy, queue_events
from harness.waiting import wait_until

RECORDS = {("example.test", "MX"): ["10 mx.example.test."], ("mx.example.test", "A"): ["127.0.0.1"]}


@pytest.fixture
def names(daemons):
    return daemons.keep(ScriptedNames(dict(RECORDS)))


@pytest.fixture
def start_with(start, peer):
    """A daemon that asks `names`, delivers to the peer's port and forgets failures at once."""
    def begin(names, remembered="0s"):
        return start(policy(events=queue_events(queue="max_retry_interval = '1s'", path=f"smtp_port = {peer.port}"), init=http.listener() + f"""
  kumo.dns.configure_resolver {{ name_servers = {{ '{names.address}' }} }}
  kumo.dns.set_mx_timeout('2s')
  kumo.dns.set_mx_negative_cache_ttl('{remembered}')
"""))
    return begin


def send(daemon):
    with daemon.session() as client:
        [spool_id] = client.deliver("a@example.test", "b@example.test")
    return spool_id


@pytest.mark.parametrize("trouble, says", [("SERVFAIL", r"SERVFAIL"), ("REFUSED", r"REFUSED|SERVFAIL"), (SILENT, "timed out after 2s"),
                                           (CUT_OFF, "SERVFAIL|timed out after 2s")], ids=["SERVFAIL", "REFUSED", "silent", "cut off"])
def test_mail_waits_for_the_name_server(start_with, names, peer, trouble, says):
    names.trouble = trouble
    daemon = start_with(names)
    spool_id = send(daemon)
    failure = daemon.log.wait(type="TransientFailure", id=spool_id, seconds=30)
    assert failure["response"]["code"] == 451
    assert "failed to resolve queue example.test: MX look-up of example.test" in failure["response"]["content"]
    daemon.wait_for_diagnostic(f"MX look-up of example.test.*({says})")
    wait_until(lambda: http.metric(daemon, "dns_mx_resolve_status_fail") >= 1, "the failure is counted")
    names.trouble = None
    daemon.log.wait(type="Delivery", id=spool_id, seconds=60)
    assert len(peer.messages) == 1 and not daemon.log.records(type="Bounce")


def test_a_failure_is_remembered_as_configured(start_with, names):
    names.trouble = "SERVFAIL"
    daemon = start_with(names, remembered="1h")
    send(daemon)
    daemon.log.wait(type="TransientFailure", count=2, seconds=30)
    asked = len(names.questions)
    daemon.log.wait(type="TransientFailure", count=4, seconds=30)
    assert len(names.questions) == asked


@pytest.mark.parametrize("remembered", ["1h", "0s"])
def test_a_failure_is_remembered_as_the_configuration_says(start, names, peer, remembered):
    names.trouble = "SERVFAIL"
    daemon = start(config=configuration(
        section("dns", f'name_servers = ["{names.address}"]\nmx_negative_cache_ttl = "{remembered}"'),
        section("queue.default", 'retry_interval = "1s"\nmax_retry_interval = "1s"'), loopback_path(f"smtp_port = {peer.port}")))
    send(daemon)
    failed = len(daemon.log.wait(type="TransientFailure", count=2, seconds=30))
    names.trouble = None
    if remembered == "0s":
        daemon.log.wait(type="Delivery", seconds=60)
    else:
        daemon.log.wait(type="TransientFailure", count=failed + 8, seconds=60)  # longer than libunbound remembers for itself
        assert not peer.sessions


def test_addresses_that_cannot_be_looked_up_are_no_reason_to_bounce(start_with, names, peer):
    del names.records["mx.example.test", "A"]
    names.records["mx.example.test", "TXT"] = ['"it exists"']
    daemon = start_with(names)
    spool_id = send(daemon)
    failure = daemon.log.wait(type="TransientFailure", id=spool_id, seconds=30)
    assert failure["response"]["content"] == "MX didn't resolve to any hosts"
    names.records["mx.example.test", "A"] = ["127.0.0.1"]
    daemon.log.wait(type="Delivery", id=spool_id, seconds=60)


def test_a_truncated_answer_is_asked_for_again_over_tcp(start_with, names, peer):
    names.records["example.test", "MX"] = [f"10 host-with-a-long-name-{i}.example.test." for i in range(40)]
    names.records.update({(f"host-with-a-long-name-{i}.example.test", "A"): ["127.0.0.1"] for i in range(40)})
    names.trouble = lambda name, kind: TRUNCATED if kind == "MX" else None
    daemon = start_with(names)
    daemon.log.wait(type="Delivery", id=send(daemon), seconds=30)
    assert ("example.test", "MX", "udp") in names.questions and ("example.test", "MX", "tcp") in names.questions


def test_what_was_known_serves_while_the_name_server_fails(start_with, names, peer):
    names.ttl = 300
    daemon = start_with(names)
    daemon.log.wait(type="Delivery", id=send(daemon), seconds=30)
    wait_until(lambda: not any(s.is_open for s in peer.sessions), peer.describe)  # so that the next one connects
    names.trouble, asked = "SERVFAIL", len(names.questions)
    spool_ids = [send(daemon) for _ in range(3)]
    for spool_id in spool_ids:
        daemon.log.wait(type="Delivery", id=spool_id, seconds=60)
    assert len(names.questions) == asked
