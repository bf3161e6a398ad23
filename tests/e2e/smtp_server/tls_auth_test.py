"""STARTTLS and AUTH: only under TLS, once, outside transactions; certificates from files or generated."""
import base64
import ssl

import pytest

from harness.certificate import shared_certificate
from harness.policy import policy, route

AUTH = """
kumo.on('smtp_server_auth_plain', function(authz, authc, password, conn_meta)
  return authc == 'user' and password == 'secret'
end)
kumo.on('smtp_server_message_received', function(msg)
  msg:set_meta('x_authn', msg:get_meta 'authn_id')
  msg:set_meta('x_authz', msg:get_meta 'authz_id')
end)
"""


@pytest.fixture
def daemon(start, peer):
    return start(policy("relay_hosts = {}", events=route(peer.mx) + AUTH, logs="meta = { 'x_*' }"))


def plain(user, password, authz=""):
    return base64.b64encode(f"{authz}\0{user}\0{password}".encode()).decode()


def encrypted(daemon):
    client = daemon.session()
    client.expect("220 Ready to Start TLS", "STARTTLS")
    client.starttls()
    lines = client.expect("250", "EHLO client.test").lines
    assert "STARTTLS" not in lines and [line for line in lines if line.startswith("AUTH ") and "PLAIN" in line]
    return client


def test_auth_opens_relaying(daemon, peer):
    with encrypted(daemon) as client:
        assert str(client.command("AUTH PLAIN " + plain("user", "secret"))) == "235 2.7.0 AUTH OK!"
        assert str(client.command("AUTH PLAIN " + plain("user", "secret"))) == \
            "503 5.5.1 AUTH me once, can't get authed again!"
        client.deliver("a@example.test", "b@elsewhere.test")
    headers = peer.wait_messages().headers
    assert "with ESMTPSA (TLSv1.3:" in headers
    record = daemon.log.wait(type="Reception", reception_protocol="ESMTP", tls_protocol_version="TLSv1.3")
    assert record["tls_protocol_version"] == "TLSv1.3" and record["tls_cipher"]
    assert record["meta"] == {"x_authn": "user", "x_authz": "user"}


def test_wrong_password(daemon):
    with encrypted(daemon) as client:
        assert str(client.command("AUTH PLAIN " + plain("user", "wrong"))) == "535 5.7.8 AUTH invalid"
        client.expect("250", "MAIL FROM:<a@example.test>")
        client.expect("550", "RCPT TO:<b@elsewhere.test>")
    record = daemon.log.wait(type="Rejection", response={"code": 535})
    assert plain("user", "wrong") not in str(record), "a password reached the log"
    assert plain("user", "wrong") not in daemon.diagnostics()


def test_auth_needs_tls(daemon):
    with daemon.session() as client:
        assert str(client.command("AUTH PLAIN " + plain("user", "secret"))) == \
            "524 5.7.11 AUTH PLAIN requires an encrypted channel"


def test_auth_with_a_challenge(daemon):
    with encrypted(daemon) as client:
        client.send("AUTH PLAIN\r\n")
        assert client.line() == "334 ", "the challenge is a single space"
        client.expect("235", plain("user", "secret"))


def test_auth_login(daemon):
    with encrypted(daemon) as client:
        client.expect("334", "AUTH LOGIN")
        client.expect("334", base64.b64encode(b"user").decode())
        client.expect("235", base64.b64encode(b"secret").decode())


@pytest.mark.parametrize("answer, reply", [
    ("*", "501 5.5.0 AUTH cancelled by client"), ("!!!", "501 5.5.2 Invalid base64 response"),
    (base64.b64encode(b"nothing").decode(), "501 5.5.2 Invalid decoded PLAIN response"),
    (base64.b64encode(b"\0\xff\0x").decode(), "501 5.5.2 Invalid UTF8 in decoded PLAIN response"),
])
def test_auth_exchange_errors(daemon, answer, reply):
    with encrypted(daemon) as client:
        client.expect("334", "AUTH PLAIN")
        assert str(client.command(answer)) == reply
        client.expect("250", "NOOP")


def test_auth_in_the_wrong_place(daemon):
    with encrypted(daemon) as client:
        assert str(client.command("AUTH CRAM-MD5")) == "504 5.5.4 AUTH CRAM-MD5 not supported"
        client.expect("250", "MAIL FROM:<a@example.test>")
        assert str(client.command("AUTH PLAIN " + plain("user", "secret"))) == \
            "503 5.5.1 AUTH not permitted inside a transaction"


def test_starttls_twice_and_with_a_forgotten_transaction(daemon):
    with daemon.session() as client:
        client.expect("250", "MAIL FROM:<a@example.test>")
        client.expect("220", "STARTTLS")
        client.starttls()
        client.expect("503", "RCPT TO:<b@example.test>")
        assert str(client.command("STARTTLS")) == "501 Cannot STARTTLS as TLS is already active"


def test_a_failed_handshake_leaves_the_server_well(daemon):
    with daemon.session() as client:
        client.expect("220", "STARTTLS")
        client.send(b"this is no client hello\r\n")
        try:
            while client.socket.recv(4096):
                pass
        except OSError:
            pass
    daemon.session().close()


def test_certificate_from_files(start, peer):
    cert = shared_certificate("mx.test")
    daemon = start(policy(f"tls_certificate = '{cert.certificate}', tls_private_key = '{cert.key}'", events=route(peer.mx)))
    with daemon.session() as client:
        client.expect("220", "STARTTLS")
        context = ssl.create_default_context(cafile=str(cert.certificate))
        client.socket = context.wrap_socket(client.socket, server_hostname="mx.test")
        client.expect("250", "EHLO client.test")


def test_client_certificates_name_their_subject(start, peer):
    ca = shared_certificate("client.test")
    daemon = start(policy(f"tls_required_client_ca = '{ca.certificate}'", events=route(peer.mx)))
    with daemon.session() as client:
        client.expect("220", "STARTTLS")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.load_cert_chain(ca.certificate, ca.key)
        client.starttls(context)
        client.expect("250", "EHLO client.test")
        client.deliver("a@example.test", "b@example.test")
    record = daemon.log.wait(type="Reception")
    assert any("client.test" in name for name in record["tls_peer_subject_name"])
