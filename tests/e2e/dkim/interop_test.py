"""Our signatures verify with python3-dkim and theirs with ours, on awkward messages."""
import base64
import subprocess

import dkim
import pytest

from harness.policy import policy, route, zones

CORPUS = {
    "plain": b"From: a@signer.test\r\nTo: b@example.test\r\nSubject: plain\r\n\r\nbody\r\n",
    "folded": b"From: A\r\n <a@signer.test>\r\nTo: b@example.test,\r\n\tc@example.test\r\nSubject:  folded\r\n\t subject \r\n\r\nbody\r\n",
    "empty-body": b"From: a@signer.test\r\nTo: b@example.test\r\nSubject: nothing\r\n\r\n",
    "blank-lines": b"From: a@signer.test\r\nTo: b@example.test\r\nSubject: x\r\n\r\n\r\n\r\ntext \t here  \r\n \t\r\n\r\n\r\n",
    "long-lines": b"From: a@signer.test\r\nTo: b@example.test\r\nSubject: x\r\n\r\n" + b"y" * 900 + b"\r\n" + b"z " * 400 + b"\r\n",
    "repeated": b"From: a@signer.test\r\nTo: b@example.test\r\nSubject: one\r\nSubject: two\r\nTo: c@example.test\r\n\r\nbody\r\n",
    "eight-bit": "From: ä <a@signer.test>\r\nTo: b@example.test\r\nSubject: grüße\r\n\r\nzäh\r\n".encode(),
    "dots": b"From: a@signer.test\r\nTo: b@example.test\r\nSubject: x\r\n\r\n.\r\n..two\r\n.three\r\n",
}

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


def openssl(*arguments, data=None):
    return subprocess.run(["openssl", *arguments], input=data, capture_output=True, check=True).stdout


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    """Per algorithm: file of the private key, text of the key record."""
    made = {}
    for name, kind in (("rsa_sha256", "rsa"), ("ed25519", "ed25519")):
        path = tmp_path_factory.mktemp("keys") / f"{name}.pem"
        more = ["-pkeyopt", "rsa_keygen_bits:2048"] if kind == "rsa" else []
        openssl("genpkey", "-algorithm", kind.upper() if kind == "rsa" else "ED25519", *more, "-out", str(path))
        der = openssl("pkey", "-in", str(path), "-pubout", "-outform", "DER")
        public = der[-32:] if kind == "ed25519" else der
        made[name] = path, f"v=DKIM1; k={kind}; p={base64.b64encode(public).decode()}"
    return made


def verified_by_dkimpy(message, record):
    return dkim.verify(message, dnsfunc=lambda name, **_: record.encode() if name.startswith(b"s._domainkey.signer.test") else None)


@pytest.mark.parametrize("over_sign", [False, True], ids=["once", "over-signed"])
@pytest.mark.parametrize("algorithm,header,body", [
    ("rsa_sha256", "Relaxed", "Relaxed"), ("rsa_sha256", "Simple", "Simple"), ("rsa_sha256", "Relaxed", "Simple"),
    ("ed25519", "Relaxed", "Relaxed"),
])
def test_ours_verify_with_dkimpy(start, peer, keys, algorithm, header, body, over_sign):
    key, record = keys[algorithm]
    daemon = start(policy(events=route(peer.mx) + SIGN.format(
        algorithm=algorithm, header=header, body=body, key=key.read_text(), over_sign=str(over_sign).lower()),
        listener="trace_headers = { received_header = false, supplemental_header = false }"))
    for name, message in CORPUS.items():
        with daemon.session() as client:
            client.envelope("a@signer.test", "b@example.test")
            assert client.data(message).code == 250, name
    arrived = peer.wait_messages(len(CORPUS))
    for received in arrived:
        assert received.data.startswith(b"DKIM-Signature: v=1; a=" + algorithm.replace("_", "-").encode()[:5])
        assert verified_by_dkimpy(received.data, record), received.data


def zone_of(record):
    pieces = " ".join(f'"{record[i:i + 200]}"' for i in range(0, len(record), 200))
    return f"$ORIGIN signer.test.\n@ 300 SOA ns host 1 2 3 4 60\ns._domainkey TXT {pieces}\n"


def results_for(start, peer, record, messages):
    daemon = start(policy(init=zones(zone_of(record)), logs="meta = { 'x_*' }",
                          events=route(peer.mx) + VERIFY))
    for message in messages:
        with daemon.session() as client:
            client.envelope("a@signer.test", "b@example.test")
            assert client.data(message).code == 250
    daemon.log.wait(type="Reception", count=len(messages))
    return [r["meta"] for r in daemon.log.records(type="Reception")]


@pytest.mark.parametrize("canonical", [(b"relaxed", b"relaxed"), (b"simple", b"simple")], ids=["relaxed", "simple"])
def test_theirs_verify_with_ours(start, peer, keys, canonical):
    key, record = keys["rsa_sha256"]
    messages = [dkim.sign(m, b"s", b"signer.test", key.read_bytes(), canonicalize=canonical, linesep=b"\r\n") + m
                for m in CORPUS.values()]
    metas = results_for(start, peer, record, messages)
    assert [(m["x_result"], m["x_domain"]) for m in metas] == [("pass", "signer.test")] * len(CORPUS), metas


def test_sha1_signatures_of_opendkim_do_not_count(start, peer, keys):
    """opendkim-testmsg signs with rsa-sha1, which RFC 8301 section 3.1 says must not verify."""
    key, record = keys["rsa_sha256"]
    message = b"Date: Sun, 22 Nov 2026 07:20:13 +0000\r\n" + CORPUS["folded"]
    signed = subprocess.run(["/usr/sbin/opendkim-testmsg", "-C", "-d", "signer.test", "-s", "s", "-k", str(key)],
                            input=message, capture_output=True, check=True).stdout
    [meta] = results_for(start, peer, record, [signed.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")])
    assert meta["x_result"] == "permerror" and meta["x_reason"] == "unsupported algorithm rsa-sha1"


def test_a_changed_body_fails(start, peer, keys):
    key, record = keys["rsa_sha256"]
    message = CORPUS["plain"]
    signed = dkim.sign(message, b"s", b"signer.test", key.read_bytes(), linesep=b"\r\n") + message
    [meta] = results_for(start, peer, record, [signed.replace(b"body", b"Body")])
    assert meta["x_result"] == "fail" and meta["x_reason"] == "body hash did not verify"
