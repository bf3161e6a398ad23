"""The STARTTLS matrix of the SMTP client."""
import pytest

from harness.certificate import shared_certificate
from harness.peer import DROP
from harness.policy import policy, route

MODES = ["Disabled", "Opportunistic", "OpportunisticInsecure", "Required", "RequiredInsecure"]


def send(daemon):
    with daemon.session() as client:
        return client.deliver("a@example.test", "b@example.test")[0]


@pytest.mark.parametrize("mode", MODES)
def test_without_starttls(start, make_peer, mode):
    peer = make_peer()
    daemon = start(policy(events=route(peer.mx, path=f"enable_tls = '{mode}'")))
    spool_id = send(daemon)
    if mode.startswith("Required"):
        daemon.log.wait(type="TransientFailure", id=spool_id)
        assert not peer.messages and "MAIL" not in peer.sessions[0].verbs()
    else:
        assert not peer.wait_messages().session.is_tls


@pytest.mark.parametrize("mode", MODES)
def test_with_an_unknown_certificate(start, make_peer, mode):
    peer = make_peer(certificate=shared_certificate())
    daemon = start(policy(events=route(peer.mx, path=f"enable_tls = '{mode}'")))
    spool_id = send(daemon)
    if mode in ("Opportunistic", "Required"):
        daemon.log.wait(type="TransientFailure", id=spool_id)
        assert not peer.messages, "sent although the certificate is not trusted"
        assert all("MAIL" not in s.verbs() for s in peer.sessions)
    else:
        session = peer.wait_messages().session
        assert session.is_tls == (mode != "Disabled")
        if session.is_tls:
            assert session.verbs().count("EHLO") == 2
            assert daemon.log.wait(type="Delivery", id=spool_id)["tls_cipher"]


@pytest.mark.parametrize("mode", ["Opportunistic", "Required"])
def test_with_a_trusted_certificate_of_the_right_name(start, make_peer, mode):
    certificate = shared_certificate("mx.peer.test")
    peer = make_peer(certificate=certificate)
    mx = f"{{ {{ name = 'mx.peer.test', addr = '{peer.mx}' }} }}"
    daemon = start(policy(events=route(mx, path=f"enable_tls = '{mode}'")),
                   env={"SSL_CERT_FILE": str(certificate.certificate)})
    spool_id = send(daemon)
    assert peer.wait_messages().session.is_tls
    assert daemon.log.wait(type="Delivery", id=spool_id)["tls_protocol_version"] == "TLSv1.3"


def test_with_a_trusted_certificate_of_another_name(start, make_peer):
    certificate = shared_certificate("other.test")
    peer = make_peer(certificate=certificate)
    mx = f"{{ {{ name = 'mx.peer.test', addr = '{peer.mx}' }} }}"
    daemon = start(policy(events=route(mx, path="enable_tls = 'Required'")),
                   env={"SSL_CERT_FILE": str(certificate.certificate)})
    daemon.log.wait(type="TransientFailure", id=send(daemon))
    assert not peer.messages


@pytest.mark.parametrize("broken", ["454 4.7.0 not now", DROP], ids=["refused", "dropped"])
@pytest.mark.parametrize("reconnect", [True, False])
def test_broken_tls_and_reconnecting_in_clear(start, make_peer, broken, reconnect):
    peer = make_peer({"STARTTLS": broken}, certificate=shared_certificate())
    option = f"opportunistic_tls_reconnect_on_failed_handshake = {str(reconnect).lower()}"
    daemon = start(policy(events=route(peer.mx, path=f"enable_tls = 'OpportunisticInsecure', {option}")))
    spool_id = send(daemon)
    if reconnect and broken is DROP:
        assert not peer.wait_messages().session.is_tls
    elif broken is DROP:
        daemon.log.wait(type="TransientFailure", id=spool_id)
        assert not peer.messages
    else:
        daemon.log.wait(id=spool_id, type=lambda t: t in ("Delivery", "TransientFailure"))


@pytest.mark.parametrize("broken", ["not tls at all", DROP], ids=["garbage", "dropped"])
@pytest.mark.parametrize("reconnect", [True, False])
def test_a_broken_handshake(start, make_peer, broken, reconnect):
    peer = make_peer({"handshake": broken}, certificate=shared_certificate())
    option = f"opportunistic_tls_reconnect_on_failed_handshake = {str(reconnect).lower()}"
    daemon = start(policy(events=route(peer.mx, path=f"enable_tls = 'OpportunisticInsecure', {option}")))
    spool_id = send(daemon)
    if reconnect:
        assert not peer.wait_messages().session.is_tls
    else:
        daemon.log.wait(type="TransientFailure", id=spool_id)
        assert not peer.messages


def test_a_refused_starttls_sends_nothing_in_clear_when_tls_is_required(start, make_peer):
    peer = make_peer({"STARTTLS": "454 4.7.0 not now"}, certificate=shared_certificate())
    daemon = start(policy(events=route(peer.mx, path="enable_tls = 'RequiredInsecure'")))
    daemon.log.wait(type="TransientFailure", id=send(daemon))
    assert not peer.messages


def test_broken_tls_is_remembered(start, make_peer):
    peer = make_peer({"STARTTLS": DROP}, certificate=shared_certificate())
    daemon = start(policy(events=route(peer.mx, path="""enable_tls = 'OpportunisticInsecure', remember_broken_tls = '1h',
      opportunistic_tls_reconnect_on_failed_handshake = true, max_deliveries_per_connection = 1""")))
    for count in (1, 2):
        send(daemon)
        peer.wait_messages(count)
    assert sum(s.verbs().count("STARTTLS") for s in peer.sessions) == 1


def test_a_client_certificate_is_presented(start, make_peer):
    certificate = shared_certificate("sender.test")
    peer = make_peer(certificate=shared_certificate(), client_ca=str(certificate.certificate))
    daemon = start(policy(events=route(peer.mx, path=f"""enable_tls = 'RequiredInsecure',
      tls_certificate = '{certificate.certificate}', tls_private_key = '{certificate.key}'""")))
    send(daemon)
    assert peer.wait_messages().session.is_tls


def test_auth_plain_over_tls_only(start, make_peer):
    clear = make_peer(extensions=("AUTH PLAIN",))
    options = "smtp_auth_plain_username = 'user', smtp_auth_plain_password = { key_data = 'secret' }"
    daemon = start(policy(events=route(clear.mx, path=options)))
    daemon.log.wait(type="TransientFailure", id=send(daemon))
    assert not [c for s in clear.sessions for c in s.commands if c.startswith("AUTH")]

    allowed = make_peer(extensions=("AUTH PLAIN",))
    daemon = start(policy(events=route(allowed.mx, path=options + ", allow_smtp_auth_plain_without_tls = true")))
    send(daemon)
    assert "AUTH PLAIN AHVzZXIAc2VjcmV0" in allowed.wait_messages().session.commands
