"""Options of an egress path by what the remote side and the log see of them: TLS parameters, AUTH, time-outs, hosts, selection."""
import re
import threading
import time

import pytest

from harness.certificate import shared_certificate
from harness.peer import DROP, SILENT
from harness.policy import policy, route
from harness.waiting import wait_until

LOGIN = "smtp_auth_plain_username = 'user', smtp_auth_plain_password = { key_data = 'secret' }"
IN_TLS = "enable_tls = 'OpportunisticInsecure'"


def send(daemon, count=1):
    with daemon.session() as client:
        return [client.deliver("a@example.test", "b@example.test")[0] for _ in range(count)]


@pytest.mark.parametrize("path, version, cipher", [
    ("openssl_cipher_suites = 'TLS_AES_128_GCM_SHA256'", "TLSv1.3", "TLS_AES_128_GCM_SHA256"),
    ("rustls_cipher_suites = { 'TLS13_CHACHA20_POLY1305_SHA256' }", "TLSv1.3", "TLS_CHACHA20_POLY1305_SHA256"),
    ("openssl_options = 'NO_TLSV1_3', openssl_cipher_list = 'ECDHE-ECDSA-AES128-GCM-SHA256'", "TLSv1.2", "ECDHE-ECDSA-AES128-GCM-SHA256"),
])
def test_tls_parameters(start, make_peer, path, version, cipher):
    peer = make_peer(certificate=shared_certificate())
    daemon = start(policy(events=route(peer.mx, path=f"{IN_TLS}, {path}")))
    [spool_id] = send(daemon)
    record = daemon.log.wait(type="Delivery", id=spool_id)
    assert (record["tls_protocol_version"], record["tls_cipher"]) == (version, cipher)


def test_auth_needs_a_certificate_that_was_verified(start, make_peer):
    peer = make_peer(certificate=shared_certificate(), extensions=("AUTH PLAIN",))
    daemon = start(policy(events=route(peer.mx, path=f"{IN_TLS}, {LOGIN}")))
    [spool_id] = send(daemon)
    daemon.log.wait(type="TransientFailure", id=spool_id)
    assert not any(c.startswith("AUTH") for s in peer.sessions for c in s.commands)

    trusting = make_peer(certificate=shared_certificate(), extensions=("AUTH PLAIN",))
    daemon = start(policy(events=route(trusting.mx, path=f"{IN_TLS}, {LOGIN}, allow_smtp_auth_plain_without_valid_certificate = true")))
    send(daemon)
    assert "AUTH PLAIN AHVzZXIAc2VjcmV0" in trusting.wait_messages().session.commands


@pytest.mark.parametrize("step, path", [
    ("STARTTLS", f"{IN_TLS}, starttls_timeout = '1s'"),
    ("AUTH", f"{LOGIN}, allow_smtp_auth_plain_without_tls = true, auth_timeout = '1s'"),
])
def test_a_silent_peer_is_timed_out_before_any_message(start, make_peer, step, path):
    peer = make_peer({step: SILENT}, certificate=shared_certificate() if step == "STARTTLS" else None, extensions=("AUTH PLAIN",))
    daemon = start(policy(events=route(peer.mx, path=path)))
    [spool_id] = send(daemon)
    failure = daemon.log.wait(type="TransientFailure", id=spool_id)
    assert re.search(rf"Timed Out waiting 1s for response to {step}", failure["response"]["content"]), failure
    assert not any("MAIL" in s.verbs() for s in peer.sessions)


def test_a_peer_that_is_silent_after_rset_keeps_nobody_waiting(start, make_peer):
    """The message that RSET was for goes out on another connection."""
    peer = make_peer({"RSET": SILENT}, extensions=())
    daemon = start(policy(events=route(peer.mx, path="rset_timeout = '1s', connection_limit = 1, idle_timeout = '30s'")))
    ids = send(daemon, 2)
    for spool_id in ids:
        daemon.log.wait(type="Delivery", id=spool_id, seconds=20)
    assert len({m.session for m in peer.wait_messages(2)}) == 2


@pytest.mark.parametrize("strategy, reaches_next", [("ConnectNextHost", True), ("TerminateSession", False)])
def test_where_a_session_goes_after_the_peer_has_gone(start, make_peer, strategy, reaches_next):
    """The second host is asked in the same session, or the next attempt begins with the first one again."""
    first, second = make_peer({"MAIL": DROP}), make_peer()
    path = f"reconnect_strategy = '{strategy}', connection_limit = 1"
    daemon = start(policy(events=route(f"{first.mx},{second.mx}", path=path)))
    send(daemon, 2)
    if reaches_next:
        daemon.log.wait(type="Delivery", seconds=20)
    else:
        daemon.log.wait(type="TransientFailure", count=4, seconds=20)
        assert len(first.sessions) >= 4 and not second.sessions


def test_a_message_moves_to_the_next_host_at_once(start, make_peer):
    first, second = make_peer({"MAIL": DROP}), make_peer()
    daemon = start(policy(events=route(f"{first.mx},{second.mx}", path="try_next_host_on_transport_error = true", queue="retry_interval = '1h'")))
    [spool_id] = send(daemon)
    daemon.log.wait(type="Delivery", id=spool_id)
    assert first.sessions and not daemon.log.records(type="TransientFailure")


def test_ip_lookup_strategy_chooses_the_family(start, make_peer):
    peer6 = make_peer(address=("::1", 0))
    peer4 = make_peer(address=("127.0.0.1", peer6.port))
    zone = "$ORIGIN example.test.\n@ 30 IN MX 10 mx\nmx 30 IN A 127.0.0.1\nmx 30 IN AAAA ::1\n"
    events = f"""
kumo.on('get_egress_path_config', function()
  return kumo.make_egress_path {{ enable_tls = 'Disabled', prohibited_hosts = {{}}, smtp_port = {peer6.port}, ip_lookup_strategy = '%s' }}
end)
"""
    init = f"  kumo.dns.configure_test_resolver {{ [[{zone}]] }}\n"
    send(start(policy(init=init, events=events % "Ipv6Only")))
    peer6.wait_messages()
    assert not peer4.sessions
    send(start(policy(init=init, events=events % "Ipv4ThenIpv6")))
    peer4.wait_messages()
    assert len(peer6.sessions) == 1


def test_more_failures_in_a_row_than_allowed_delay_the_whole_queue(start):
    events = route("127.0.0.1:1", path="consecutive_connection_failures_before_delay = 1, connection_limit = 1", queue="retry_interval = '1h'")
    daemon = start(policy(events=events))
    ids = send(daemon, 3)
    bulk = daemon.log.wait(type="TransientFailure", response={"content": re.compile("No answer from any hosts listed in MX")}, seconds=20)
    assert bulk["id"] in ids and bulk["response"]["code"] == 451


def test_connections_are_opened_at_the_rate(start, peer):
    daemon = start(policy(events=route(peer.mx, path="max_connection_rate = '1/h', max_deliveries_per_connection = 1", queue="retry_interval = '1h'")))
    send(daemon, 3)
    peer.wait_messages()
    daemon.log.wait(type="Delayed")
    assert len(peer.sessions) == 1


@pytest.mark.parametrize("option", ["source_selection_rate = egress_source == 'rare' and '1/h,max_burst=1' or nil",
                                    "additional_source_selection_rates = egress_source == 'rare' and { r = '1/h,max_burst=1' } or nil"])
def test_a_source_that_was_chosen_often_enough_is_passed_over(start, peer, option):
    """The rate of one path leaves the other source of the pool."""
    daemon = start(policy(events=route(peer.mx, queue="egress_pool = 'pool'").replace(
        "return kumo.make_egress_path {", f"return kumo.make_egress_path {{ {option},") + """
kumo.on('get_egress_pool', function(name)
  return kumo.make_egress_pool { name = name, entries = { { name = 'rare' }, { name = 'often' } } }
end)
kumo.on('get_egress_source', function(name) return kumo.make_egress_source { name = name } end)
"""))
    send(daemon, 6)
    sources = [r["egress_source"] for r in daemon.log.wait(type="Delivery", count=6)]
    assert (sources.count("rare"), sources.count("often")) == (1, 5)


def test_connections_may_be_opened_whatever_the_length_of_the_queue(start, make_peer):
    """Eight messages are no reason for a second connection by the growth rule."""
    peer = make_peer({"dot": SILENT})
    daemon = start(policy(events=route(peer.mx, path="aggressive_connection_opening = true, connection_limit = 5, system_shutdown_timeout = '1s'")))
    send(daemon, 8)
    wait_until(lambda: len([s for s in peer.sessions if "DATA" in s.verbs()]) >= 2, lambda: [s.verbs() for s in peer.sessions])


def test_the_provider_is_in_records(start, peer):
    daemon = start(policy(events=route(peer.mx, path="provider_name = 'big'", queue="provider_name = 'big'")))
    [spool_id] = send(daemon)
    assert daemon.log.wait(type="Delivery", id=spool_id)["provider_name"] == "big"


class Held:
    """A reply that holds the session a while; `most` is how many were held at one time."""

    def __init__(self):
        self.now = self.most = 0
        self._lock = threading.Lock()

    def __call__(self, line):
        with self._lock:
            self.now += 1
            self.most = max(self.most, self.now)
        time.sleep(0.2)
        with self._lock:
            self.now -= 1
        return "250 2.0.0 accepted"


def two_domains(first, second, path):
    """one.test and two.test at a peer each, with the same path fields."""
    return f"""
kumo.on('get_queue_config', function(domain)
  local mx = domain == 'one.test' and '{first.mx}' or '{second.mx}'
  return kumo.make_queue_config {{ retry_interval = '1s', protocol = {{ smtp = {{ mx_list = {{ mx }} }} }} }}
end)
kumo.on('get_egress_path_config', function()
  return kumo.make_egress_path {{ enable_tls = 'Disabled', prohibited_hosts = {{}}, idle_timeout = '1s', {path} }}
end)
"""


def test_a_named_connection_limit_holds_for_all_paths_together(start, make_peer):
    held = Held()
    peers = make_peer({"dot": held}), make_peer({"dot": held})
    path = "additional_connection_limits = { shared = 1 }, max_deliveries_per_connection = 1"
    daemon = start(policy(events=two_domains(*peers, path)))
    with daemon.session() as client:
        for _ in range(3):
            client.deliver("a@example.test", "b@one.test")
            client.deliver("a@example.test", "b@two.test")
    daemon.log.wait(type="Delivery", count=6, seconds=40)
    assert held.most == 1 and all(len(p.messages) == 3 for p in peers)


def test_a_named_message_rate_holds_for_all_paths_together(start, make_peer):
    peers = make_peer(), make_peer()
    daemon = start(policy(events=two_domains(*peers, "additional_message_rate_throttles = { shared = '1/h,max_burst=1' }")))
    with daemon.session() as client:
        client.deliver("a@example.test", "b@one.test")
        peers[0].wait_messages()
        [waiting] = client.deliver("a@example.test", "b@two.test")
    daemon.log.wait(type="Delayed", id=waiting)
    assert not peers[1].messages
