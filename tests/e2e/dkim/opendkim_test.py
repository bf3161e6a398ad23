"""Our signatures verify with OpenDKIM: awkward messages, every canonicalisation, every option that a verifier sees."""
import dataclasses
import itertools
import re
import time

import pytest

from harness.awkward_mail import AWKWARD_MAIL
from harness.daemons import Daemons
from harness.dkim_keys import DkimKey
from harness.nsd import NameServer
from harness.opendkim import CLOCK_DRIFT, OpendkimFilter, OpendkimTestmsg
from harness.peer import ScriptedPeer
from harness.policy import policy, route
from harness.private_network import PrivateNetwork
from harness.waiting import wait_until

# opendkim-testmsg keeps to RFC 5322 section 3.6: "Syntax error" without a Date, or with two Subjects.
NOT_FOR_TESTMSG = {"dateless", "repeated"}
# The filter's test mode changes the space after the colon, which simple canonicalisation signs; python3-dkim's signatures
# fail there as well.
NOT_FOR_FILTER_WHEN_SIMPLE = {"folded", "folded-first", "no-space", "empty-field"}


@dataclasses.dataclass(frozen=True)
class Signer:
    algorithm: str = "rsa_sha256"
    header: str = "Relaxed"
    body: str = "Relaxed"
    options: str = ""

    def lua(self, key):
        return f"""kumo.dkim.{self.algorithm}_signer {{
  domain = 'signer.test', selector = '{self.algorithm.replace('_', '-')}', key = {{ key_data = [[{key.pem}]] }},
  headers = {{ 'Date', 'From', 'To', 'Subject', 'Comments', 'Absent' }},
  header_canonicalization = '{self.header}', body_canonicalization = '{self.body}', {self.options} }}"""


CANONICAL = {f"{algorithm}-{header}-{body}-{name}".lower(): Signer(algorithm, header, body, options)
             for algorithm, header, body in itertools.product(["rsa_sha256", "ed25519"], ["Relaxed", "Simple"], ["Relaxed", "Simple"])
             for name, options in (("once", ""), ("oversigned", "over_sign = true"))}
WITH_OPTION = {
    "length": Signer(options="body_length = true"),
    "length-simple": Signer(header="Simple", body="Simple", options="body_length = true"),
    "identity": Signer(options="agent_user_identifier = 'list@sub.signer.test'"),
    "expiring": Signer(options="expiration = 3600"),
    "expired": Signer(options="expiration = 1"),
    "oversigned": Signer(options="over_sign = true"),
    "everything": Signer("ed25519", options="over_sign = true, body_length = true, expiration = 3600, "
                                            "agent_user_identifier = '@signer.test', reporting = true"),
}
TAG = {"length": r"\bl=\d+;", "length-simple": r"\bl=\d+;", "identity": r"\bi=list@sub\.signer\.test;", "expiring": r"\bx=\d+;",
       "oversigned": r"h=[^;]*From:[^;]*From:[^;]*;", "everything": r"(?s)(?=.*\bl=)(?=.*\bx=)(?=.*\bi=)(?=.*\br=y)"}


def signing_policy(signers, keys, mx):
    table = ",\n".join(f"['{name}'] = {signer.lua(keys[signer.algorithm])}" for name, signer in signers.items())
    return policy("trace_headers = { received_header = false, supplemental_header = false }", events=f"""{route(mx)}
local signers = {{ {table} }}
kumo.on('smtp_server_message_received', function(msg) msg:dkim_sign(signers[msg:recipient().user]) end)
""")


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    directory = tmp_path_factory.mktemp("keys")
    return {algorithm: DkimKey(directory, algorithm) for algorithm in ("rsa_sha256", "ed25519")}


@pytest.fixture(scope="module")
def signed(keys):
    """{(signer, name of the message): what godwitd signed and delivered}. The envelope carries both names."""
    daemons, peer = Daemons("opendkim"), ScriptedPeer()
    daemons.keep(peer)
    passed = False
    try:
        wanted = [*itertools.product(CANONICAL, AWKWARD_MAIL), *itertools.product(WITH_OPTION, ["plain"])]
        daemon = daemons.start(signing_policy({**CANONICAL, **WITH_OPTION}, keys, peer.mx))
        with daemon.session() as client:
            for signer, name in wanted:
                client.deliver(f"{name}@signer.test", f"{signer}@example.test", AWKWARD_MAIL[name])
        peer.wait_messages(len(wanted), seconds=60)
        daemons.stop()
        passed = True
        yield {(m.recipients[0].split("@")[0], m.sender.split("@")[0]): m.data for m in peer.messages}
    finally:
        daemons.end(keep=not passed)


@pytest.fixture(scope="module")
def zone(keys):
    return {"signer.test": "".join(key.zone_line(name.replace("_", "-")) for name, key in keys.items())}


@pytest.fixture(scope="module")
def opendkim(zone, tmp_path_factory):
    directory = tmp_path_factory.mktemp("opendkim")
    server = NameServer(directory / "nsd", zone)
    yield OpendkimFilter(directory / "filter", server)
    server.close()


@pytest.fixture(scope="module")
def testmsg(zone, tmp_path_factory):
    directory = tmp_path_factory.mktemp("testmsg")
    if reason := PrivateNetwork.why_not(directory):
        pytest.skip(f"this system allows no mount and network namespace: {reason}")
    network = PrivateNetwork(directory / "network")
    server = NameServer(directory / "nsd", zone, network)
    yield OpendkimTestmsg(network)
    server.close()
    network.close()


def verdicts(verifier, signed, signer, names):
    return {name: verifier.verdict(signed[signer, name]) for name in names}


@pytest.mark.parametrize("signer", CANONICAL)
def test_opendkim_testmsg_verifies(signed, testmsg, signer):
    names = [name for name in AWKWARD_MAIL if name not in NOT_FOR_TESTMSG]
    assert verdicts(testmsg, signed, signer, names) == dict.fromkeys(names, "pass")


@pytest.mark.parametrize("signer", CANONICAL)
def test_opendkim_filter_verifies(signed, opendkim, signer):
    names = [name for name in AWKWARD_MAIL if CANONICAL[signer].header == "Relaxed" or name not in NOT_FOR_FILTER_WHEN_SIMPLE]
    assert verdicts(opendkim, signed, signer, names) == dict.fromkeys(names, "pass")


@pytest.mark.parametrize("signer", TAG)
def test_opendkim_verifies_signatures_with_options(signed, opendkim, testmsg, signer):
    message = signed[signer, "plain"]
    assert re.search(TAG[signer], message.split(b"\r\nDate:")[0].decode()), message
    assert (opendkim.verdict(message), testmsg.verdict(message)) == ("pass", "pass")


def test_text_after_the_signed_length_is_not_covered(signed, opendkim, testmsg):
    for signer, expected in (("length", "pass"), ("rsa_sha256-relaxed-relaxed-once", "signature verification failed")):
        longer = signed[signer, "plain"] + b"added on the way\r\n"
        assert opendkim.verdict(longer) == expected
        assert (testmsg.verdict(longer) == "pass") == (expected == "pass")


def test_a_field_added_to_an_over_signed_message_breaks_it(signed, opendkim):
    added = b"\r\nSubject: another\r\nSubject: plain\r\n"
    for signer, expected in (("oversigned", "signature verification failed"), ("rsa_sha256-relaxed-relaxed-once", "pass")):
        assert opendkim.verdict(signed[signer, "plain"].replace(b"\r\nSubject: plain\r\n", added)) == expected


def test_a_changed_body_fails(signed, opendkim, testmsg):
    for signer in CANONICAL:
        changed = signed[signer, "plain"].replace(b"\r\n\r\nbody", b"\r\n\r\nBody")
        assert opendkim.verdict(changed) == "signature verification failed", signer
        assert "Bad signature" in testmsg.verdict(changed), signer


def test_an_expired_signature_fails(signed, opendkim):
    message = signed["expired", "plain"]
    expires = int(re.search(rb"\bx=(\d+);", message)[1])
    wait_until(lambda: time.time() > expires + CLOCK_DRIFT + 1, "the signature is past its time")
    assert opendkim.verdict(message) == "signature expired"
