"""[modules.dkim] signs without a policy: which domains, how many signatures, and what becomes of mail without a key."""
import re

import dkim
import pytest

from harness.configuration import configuration, route
from harness.dkim_keys import DkimKey

MAIL = b"From: A <a@%s>\r\nTo: b@example.test\r\nSubject: signed\r\n\r\nbody\r\n"


def config(mx, settings, smtp=""):
    return configuration(route(mx), "[modules.dkim]\nenabled = true\n" + settings, smtp=smtp)


TWO_KEYS = """
[modules.dkim.base]
selector = "rsa"
key = "@DIR@/%{s}.pem"
additional_signatures = ["ed"]
[modules.dkim.domain."signer.test"]
[modules.dkim.domain."*.signer.test"]
base_domain = "signer.test"
additional_signatures = []
[modules.dkim.signature.ed]
selector = "ed"
digest = "ed25519-sha256"
"""
ONE_KEY = """
[modules.dkim.domain."signer.test"]
selector = "rsa"
key = "@DIR@/rsa.pem"
"""
KEY_FOR_EACH = """
[modules.dkim.base]
selector = "rsa"
key = "@DIR@/%{d}.pem"
[modules.dkim.domain."one.test"]
[modules.dkim.domain."two.test"]
"""
NO_KEY = """
[modules.dkim.domain."signer.test"]
selector = "s"
key = "@DIR@/%{d}/missing.pem"
"""


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    """By selector."""
    directory = tmp_path_factory.mktemp("keys")
    return {"rsa": DkimKey(directory, "rsa_sha256"), "ed": DkimKey(directory, "ed25519")}


@pytest.fixture
def start_with(daemons, peer):
    def start_with(settings, keys=None):
        daemon = daemons.make(config=config(peer.mx, settings))
        for selector, key in (keys or {}).items():
            (daemon.dir / f"{selector}.pem").write_text(key.pem)
        return daemon.start()
    return start_with


def send(daemon, domain, content=MAIL):
    with daemon.session() as client:
        client.envelope("bounce@envelope.test", "b@example.test")
        return client.data(content % domain.encode() if content is MAIL else content)


def signatures(message):
    """The selector of each, in order."""
    return re.findall(r"(?s)DKIM-Signature:.*?\bs=(\w+);", message.headers)


def verdicts(message, keys):
    """What python3-dkim says of each signature."""
    records = {b"%s._domainkey.signer.test." % selector.encode(): key.record.encode() for selector, key in keys.items()}
    checker = dkim.DKIM(message.data)

    def is_good(i):
        try:
            return checker.verify(idx=i, dnsfunc=lambda name, **_: records.get(name))
        except dkim.ValidationError:  # the body is another one
            return False
    return [is_good(i) for i in range(len(signatures(message)))]


def test_a_domain_with_two_keys_gets_two_signatures(start_with, peer, keys):
    daemon = start_with(TWO_KEYS, keys)
    for _ in range(2):  # with keys just read, and with keys in memory
        assert send(daemon, "signer.test").code == 250
    for message in peer.wait_messages(2):
        assert sorted(signatures(message)) == ["ed", "rsa"]
        assert verdicts(message, keys) == [True, True], message.headers


UNEVEN = b"From: A <a@signer.test>\r\nTo: b@example.test\r\nSubject: signed\r\n\r\nbody  with   spaces \t\r\n\r\n\r\n"


@pytest.mark.parametrize("canon", ["relaxed", "simple"])
def test_the_body_is_canonicalised_as_configured(start_with, peer, keys, canon):
    daemon = start_with(ONE_KEY + f'body_canon = "{canon}"\n', keys)
    assert send(daemon, "signer.test", UNEVEN).code == 250
    message = peer.wait_messages(1)
    assert f"c=relaxed/{canon};" in message.headers and verdicts(message, keys) == [True], message.headers
    message.data = message.data.replace(b"with   spaces \t", b"with spaces")
    assert verdicts(message, keys) == [canon == "relaxed"]


@pytest.mark.parametrize("is_limited", [True, False])
def test_the_length_of_the_body_is_signed_where_asked_for(start_with, peer, keys, is_limited):
    daemon = start_with(ONE_KEY + f"body_length_limit = {str(is_limited).lower()}\n", keys)
    assert send(daemon, "signer.test").code == 250
    message = peer.wait_messages(1)
    assert re.findall(r"\bl=(\d+);", message.headers) == (["6"] if is_limited else [])
    assert verdicts(message, keys) == [True]
    message.data += b"what a list adds\r\n"
    assert verdicts(message, keys) == [is_limited]


@pytest.mark.parametrize("size, code", [(1, 451), (2, 250)])
def test_as_many_keys_are_kept_as_configured(daemons, peer, keys, size, code):
    daemon = daemons.make(config=config(peer.mx, f"keycache_size = {size}\n" + KEY_FOR_EACH))
    for domain in ("one.test", "two.test"):
        (daemon.dir / f"{domain}.pem").write_text(keys["rsa"].pem)
    daemon.start()
    assert [send(daemon, domain).code for domain in ("one.test", "two.test")] == [250, 250]
    (daemon.dir / "one.test.pem").unlink()
    assert send(daemon, "one.test").code == code


def test_a_wildcard_signs_as_its_base_domain(start_with, peer, keys):
    assert send(start_with(TWO_KEYS, keys), "mail.signer.test").code == 250
    message = peer.wait_messages(1)
    assert signatures(message) == ["rsa"] and "d=signer.test;" in message.headers
    assert verdicts(message, keys) == [True]


def test_mail_of_a_deferring_listener_is_signed_when_it_is_processed(daemons, peer, keys):
    daemon = daemons.make(config=config(peer.mx, TWO_KEYS, smtp="deferred_queue = true"))
    for selector, key in keys.items():
        (daemon.dir / f"{selector}.pem").write_text(key.pem)
    daemon.start()
    assert send(daemon, "signer.test").code == 250
    message = peer.wait_messages(1)
    assert sorted(signatures(message)) == ["ed", "rsa"] and verdicts(message, keys) == [True, True]


def test_mail_of_other_domains_is_not_signed(start_with, peer, keys):
    assert send(start_with(TWO_KEYS, keys), "other.test").code == 250
    message = peer.wait_messages(1)
    assert not signatures(message)


def test_a_missing_key_is_reported_at_start_and_defers_mail(start_with, peer):
    daemon = start_with(NO_KEY)
    daemon.wait_for_diagnostic(r"dkim.*cannot read the key \S+/signer\.test/missing\.pem: No such file")
    reply = send(daemon, "signer.test")
    assert reply.code == 451 and "cannot be signed now" in str(reply)
    assert send(daemon, "other.test").code == 250
    assert not signatures(peer.wait_messages(1))


def test_mail_may_go_unsigned_instead(start_with, peer):
    assert send(start_with('missing_key = "Unsigned"\n' + NO_KEY), "signer.test").code == 250
    message = peer.wait_messages(1)
    assert not signatures(message)


@pytest.mark.parametrize("settings, line, said", [
    ('missing_key = "Reject"', 0, "Reject.*Unsigned"),
    ('[modules.dkim.domain."signer.test"]\nselectr = "s"\nkey = "/k"', 1, "selectr.*selector"),
    ('[modules.dkim.domain."signer.test"]\nselector = "s"', 0, r"signer\.test\.key: is required"),
    ('[modules.dkim.domain."signer.test"]\nselector = "s"\nkey = "/k"\nheaderlist = ["To"]', 3, "must have From"),
    ('[modules.dkim.base]\nselector = "s"\nkey = "/k"\nadditional_signatures = ["x"]', 3, r"no table signature\.x"),
])
def test_mistakes_are_reported_with_their_line(daemons, peer, settings, line, said):
    text = config(peer.mx, settings)
    first = text[:text.index(settings)].count("\n") + 1
    done = daemons.make(config=text).run_once("--check")
    assert done.returncode not in (0, 99)
    assert re.search(rf"godwit\.toml:{first + line}: .*{said}", done.stdout), done.stdout
