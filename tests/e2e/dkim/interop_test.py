"""Our signatures verify with python3-dkim, and its own and OpenDKIM's with ours, on awkward messages."""
import subprocess

import dkim
import pytest

from harness.awkward_mail import AWKWARD_MAIL
from harness.dkim_keys import DkimKey
from harness.opendkim import TESTMSG, OpendkimSigner
from harness.policy import policy, route, zones

SIGN = """
local signer = kumo.dkim.{algorithm}_signer {{
  domain = 'signer.test', selector = 's', headers = {{ 'From', 'To', 'Subject', 'Absent' }}, over_sign = {over_sign},
  header_canonicalization = '{header}', body_canonicalization = '{body}', key = {{ key_data = [[{key}]] }}, expiration = 3600,
}}
kumo.on('smtp_server_message_received', function(msg) msg:dkim_sign(signer) end)
"""

VERIFY = """
kumo.on('smtp_server_message_received', function(msg)
  local results = msg:dkim_verify()
  msg:set_meta('x_count', #results)
  msg:set_meta('x_result', results[1] and results[1].result or 'none')
  msg:set_meta('x_reason', results[1] and results[1].reason or '')
  msg:set_meta('x_domain', results[1] and results[1].props['header.d'] or '')
end)
"""


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    directory = tmp_path_factory.mktemp("keys")
    return {algorithm: DkimKey(directory, algorithm) for algorithm in ("rsa_sha256", "ed25519")}


def verified_by_dkimpy(message, record):
    return dkim.verify(message, dnsfunc=lambda name, **_: record.encode() if name.startswith(b"s._domainkey.signer.test") else None)


@pytest.mark.parametrize("over_sign", [False, True], ids=["once", "over-signed"])
@pytest.mark.parametrize("algorithm,header,body", [
    ("rsa_sha256", "Relaxed", "Relaxed"), ("rsa_sha256", "Simple", "Simple"), ("rsa_sha256", "Relaxed", "Simple"),
    ("ed25519", "Relaxed", "Relaxed"),
])
def test_ours_verify_with_dkimpy(start, peer, keys, algorithm, header, body, over_sign):
    key = keys[algorithm]
    daemon = start(policy(events=route(peer.mx) + SIGN.format(
        algorithm=algorithm, header=header, body=body, key=key.pem, over_sign=str(over_sign).lower()),
        listener="trace_headers = { received_header = false, supplemental_header = false }"))
    for name, message in AWKWARD_MAIL.items():
        with daemon.session() as client:
            client.envelope("a@signer.test", "b@example.test")
            assert client.data(message).code == 250, name
    arrived = peer.wait_messages(len(AWKWARD_MAIL))
    for received in arrived:
        assert received.data.startswith(b"DKIM-Signature: v=1; a=" + algorithm.replace("_", "-").encode()[:5])
        assert verified_by_dkimpy(received.data, key.record), received.data


def test_a_signature_for_somebody_else_says_so(start, peer, keys):
    """RFC 6541."""
    key = keys["rsa_sha256"]
    sign = SIGN.format(algorithm="rsa_sha256", header="Relaxed", body="Relaxed", key=key.pem, over_sign="false")
    daemon = start(policy(events=route(peer.mx) + sign.replace("selector =", "atps = 'author.test', atpsh = 'none', selector =")))
    with daemon.session() as client:
        client.deliver("a@author.test", "b@example.test", "From: <a@author.test>\nSubject: x\n\nbody\n")
    message = peer.wait_messages()
    signature = "".join(message.headers.split("DKIM-Signature:")[1].split())
    assert "atps=author.test;" in signature and "atpsh=none;" in signature
    assert verified_by_dkimpy(message.data, key.record)


def results_for(start, peer, key, messages):
    zone = f"$ORIGIN signer.test.\n@ 300 SOA ns host 1 2 3 4 60\n{key.zone_line('s')}"
    daemon = start(policy(init=zones(zone), logs="meta = { 'x_*' }",
                          events=route(peer.mx) + VERIFY))
    for message in messages:
        with daemon.session() as client:
            client.envelope("a@signer.test", "b@example.test")
            assert client.data(message).code == 250
    daemon.log.wait(type="Reception", count=len(messages))
    return [r["meta"] for r in daemon.log.records(type="Reception")]


@pytest.mark.parametrize("canonical", [(b"relaxed", b"relaxed"), (b"simple", b"simple")], ids=["relaxed", "simple"])
def test_theirs_verify_with_ours(start, peer, keys, canonical):
    key = keys["rsa_sha256"]
    messages = [dkim.sign(m, b"s", b"signer.test", key.path.read_bytes(), canonicalize=canonical, linesep=b"\r\n") + m
                for m in AWKWARD_MAIL.values()]
    metas = results_for(start, peer, key, messages)
    assert [(m["x_result"], m["x_domain"]) for m in metas] == [("pass", "signer.test")] * len(AWKWARD_MAIL), metas


@pytest.mark.parametrize("algorithm", ["rsa_sha256", "ed25519"])
@pytest.mark.parametrize("canonical", ["relaxed/relaxed", "relaxed/simple"])
def test_those_of_opendkim_verify_with_ours(start, peer, keys, algorithm, canonical, tmp_path):
    signer = OpendkimSigner(tmp_path / "opendkim", keys[algorithm], "s", "signer.test", canonical)
    metas = results_for(start, peer, keys[algorithm], [signer.sign(m) for m in AWKWARD_MAIL.values()])
    assert [(m["x_result"], m["x_domain"]) for m in metas] == [("pass", "signer.test")] * len(AWKWARD_MAIL), metas


def test_sha1_signatures_of_opendkim_do_not_count(start, peer, keys):
    """opendkim-testmsg signs with rsa-sha1, which RFC 8301 section 3.1 says must not verify."""
    key = keys["rsa_sha256"]
    message = AWKWARD_MAIL["folded"]
    signed = subprocess.run([TESTMSG, "-C", "-d", "signer.test", "-s", "s", "-k", str(key.path)],
                            input=message, capture_output=True, check=True).stdout
    [meta] = results_for(start, peer, key, [signed.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")])
    assert meta["x_result"] == "permerror" and meta["x_reason"] == "unsupported algorithm rsa-sha1"


def test_a_changed_body_fails(start, peer, keys):
    key = keys["rsa_sha256"]
    message = AWKWARD_MAIL["plain"]
    signed = dkim.sign(message, b"s", b"signer.test", key.path.read_bytes(), linesep=b"\r\n") + message
    [meta] = results_for(start, peer, key, [signed.replace(b"body", b"Body")])
    assert meta["x_result"] == "fail" and meta["x_reason"] == "body hash did not verify"
