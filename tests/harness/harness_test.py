"""The harness on itself: independent programs talk to its servers, without the daemon."""
import json
import smtplib
import ssl
import subprocess
import threading
import types

import dns.resolver
import pytest

from harness.certificate import shared_certificate
from harness.client import Disconnected, Reply, SmtpClient
from harness.daemons import Daemons
from harness.ledger import Ledger, received
from harness.logs import LogReader, matches
from harness.names import TRUNCATED, ScriptedNames
from harness.peer import DROP, SILENT, After, ScriptedPeer
from harness.policy import policy, route
from harness.ports import accepts
from harness.scenario import ScenarioError, parse, unescape, wanted
from harness.senders import Sender, smtp_source, swaks


def send(peer, to=("a@example.test",), content="Subject: x\r\n\r\n.dot\r\n"):
    with smtplib.SMTP(peer.host, peer.port, timeout=5) as client:
        return client.sendmail("s@example.test", to, content)


def test_peer_takes_a_message_and_removes_dot_stuffing(peer):
    send(peer)
    got = peer.wait_messages()
    assert (got.sender, got.recipients, got.data) == ("s@example.test", ["a@example.test"], b"Subject: x\r\n\r\n.dot\r\n")
    assert got.body == b".dot\r\n"


def test_peer_follows_its_script(make_peer):
    peer = make_peer({"MAIL": ["451 4.3.0 later", "250 ok"],
                      "RCPT": lambda line: "550 5.1.1 no" if "bad@" in line else "250 ok"})
    with pytest.raises(smtplib.SMTPSenderRefused):
        send(peer)
    refused = send(peer, to=["bad@example.test", "good@example.test"])
    assert refused == {"bad@example.test": (550, b"5.1.1 no")}
    assert peer.wait_messages().recipients == ["good@example.test"]


def test_a_refused_or_dropped_message_does_not_count(make_peer):
    refusing, dropping = make_peer({"dot": "554 no"}), make_peer({"dot": DROP})
    with pytest.raises(smtplib.SMTPDataError):
        send(refusing)
    with pytest.raises(smtplib.SMTPServerDisconnected):
        send(dropping)
    assert not refusing.messages and not dropping.messages
    assert len(refusing.attempts) == len(dropping.attempts) == 1


def test_peer_can_be_silent_and_slow(make_peer):
    silent, slow = make_peer({"connect": SILENT}), make_peer({"connect": After(0.3, "220 late")})
    with SmtpClient((silent.host, silent.port), timeout=0.2) as client, pytest.raises(AssertionError, match="no answer"):
        client.reply()
    with SmtpClient((slow.host, slow.port)) as client:
        assert client.reply().text == "late"


def test_peer_speaks_tls_and_chunking(make_peer):
    peer = make_peer(certificate=shared_certificate(), extensions=("CHUNKING", "PIPELINING"))
    with SmtpClient((peer.host, peer.port)) as client:
        client.expect("220")
        assert "STARTTLS" in client.expect("250", "EHLO x").lines
        client.expect("220", "STARTTLS")
        client.starttls()
        assert "STARTTLS" not in client.expect("250", "EHLO x").lines
        client.envelope("s@x.test", "r@x.test")
        client.send(b"BDAT 5\r\nab\r\ncBDAT 3 LAST\r\n.\r\n")
        client.expect("250")
        client.expect("250")
    assert peer.sessions[0].is_tls
    assert peer.wait_messages().data == b"ab\r\nc.\r\n"


def test_certificate_is_its_own_authority(make_peer):
    peer = make_peer(certificate=shared_certificate("mx.peer.test"))
    context = ssl.create_default_context(cafile=str(shared_certificate("mx.peer.test").certificate))
    with SmtpClient((peer.host, peer.port)) as client:
        client.expect("220")
        client.expect("220", "STARTTLS")
        client.socket = context.wrap_socket(client.socket, server_hostname="mx.peer.test")


def test_client_sees_a_closed_connection(make_peer):
    peer = make_peer({"NOOP": "421 4.3.2 bye"})
    with SmtpClient((peer.host, peer.port)) as client:
        client.expect("220 peer.test ready")
        client.expect("421", "NOOP")
        assert client.is_closed()
        with pytest.raises(Disconnected):
            client.reply()


def test_bulk_from_smtp_source_to_smtp_sink(make_sink):
    sink = make_sink()
    smtp_source(("127.0.0.1", sink.port), 25, sessions=3)
    sink.wait(25)
    assert b"X-Mail-Args: <sender@example.test>" in sink.contents()[0]


def test_swaks(peer):
    done = swaks((peer.host, peer.port), "--header", "Subject: from swaks")
    assert done.returncode == 0, done.stdout
    assert "Subject: from swaks" in peer.wait_messages().headers


def ledger_of(*tags):
    ledger = Ledger()
    for tag in tags:
        ledger.send(tag, tag.encode())
        ledger.answer(tag, Reply(250, ["ok"]))
    return ledger


@pytest.mark.parametrize("arrived, complaint", [
    (["one"], "lost: .*two"), (["one", "two", "two"], "twice.*two"), (["one", "two", "three"], "three is not what was sent")])
def test_the_ledger_finds_what_is_lost_doubled_or_invented(arrived, complaint):
    with pytest.raises(AssertionError, match=complaint):
        ledger_of("one", "two").check_each_once([(tag, tag.encode()) for tag in arrived])


def test_the_ledger_finds_what_was_changed():
    with pytest.raises(AssertionError, match="one is not what was sent"):
        ledger_of("one").check_each_once([("one", b"One")])


def test_a_sender_goes_on_through_refusals_and_lost_connections(make_peer):
    peer = make_peer({"RCPT": ["450 4.2.1 later", "250 ok"], "DATA": [DROP, "354 go ahead"]})
    over, ledger = threading.Event(), Ledger()
    sender = Sender(ledger, (peer.host, peer.port), "s", over, per_session=2)
    sender.start()
    peer.wait_messages(3)
    over.set()
    sender.join()
    assert ledger.refused == {450: 1, "closed": 1}
    ledger.check_each_once(received(peer))


def test_name_server(make_name_server):
    server = make_name_server({"example.test": "@ MX 10 mx\nmx A 192.0.2.1\n"})
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers, resolver.port = ["127.0.0.1"], server.port
    assert [str(r.exchange) for r in resolver.resolve("example.test", "MX")] == ["mx.example.test."]


def write_segment(path, records, finished):
    compressed = subprocess.run(["zstd", "-cq"], input="".join(json.dumps(r) + "\n" for r in records).encode(),
                                stdout=subprocess.PIPE, check=True).stdout
    path.write_bytes(compressed if finished else compressed[:-3])
    path.chmod(0o444 if finished else 0o644)


def test_scripted_names(daemons):
    names = daemons.keep(ScriptedNames({("example.test", "MX"): ["10 mx.example.test."]}))
    asker = dns.resolver.Resolver(configure=False)
    asker.nameservers, asker.port, asker.lifetime = ["127.0.0.1"], names.port, 5
    assert str(asker.resolve("example.test", "MX")[0]) == "10 mx.example.test."
    with pytest.raises(dns.resolver.NXDOMAIN):
        asker.resolve("absent.test", "MX")
    names.trouble = TRUNCATED
    assert len(asker.resolve("example.test", "MX")) == 1
    assert [transport for _, _, transport in names.questions[-2:]] == ["udp", "tcp"]
    names.trouble = "SERVFAIL"
    with pytest.raises(dns.resolver.NoNameservers):
        asker.resolve("example.test", "MX")


def test_a_helper_that_fails_to_close_keeps_no_other_open(request):
    started, peer = Daemons(request.node.name), ScriptedPeer()
    started.keep(peer)
    started.keep(types.SimpleNamespace(close=lambda: 1 / 0))
    with pytest.raises(ZeroDivisionError):
        started.end(keep=False)
    assert not accepts(peer.port)
    started.others.clear()
    started.end(keep=False)


def test_log_reader_takes_what_can_be_decoded(tmp_path):
    write_segment(tmp_path / "20240101-000000.000000001", [{"type": "Reception", "id": "1"}], True)
    write_segment(tmp_path / "20240101-000001.000000001", [{"type": "Delivery", "id": "1"}], False)
    (tmp_path / "other").write_text("not a segment")
    reader = LogReader(tmp_path)
    assert reader.records(type="Reception") == [{"type": "Reception", "id": "1"}]
    assert reader.wait(type="Reception")["id"] == "1"
    assert reader.has_none(0.05, type="Bounce")


def test_matching_of_records():
    record = {"type": "Delivery", "response": {"code": 250, "content": "ok id=1"}}
    assert matches(record, {"response": {"code": 250}})
    assert matches(record, wanted('{"response": {"content": "/id=\\\\d/"}}'))
    assert not matches(record, {"response": {"code": 251}})
    assert not matches(record, {"missing": 1})
    assert matches(record, {"type": lambda t: t.startswith("D")})


def test_policy_keeps_what_the_test_says():
    text = policy("listen = '[::1]:0', relay_hosts = {}", events=route("127.0.0.1:25", path="enable_tls = 'Required'"))
    assert "listen = '[::1]:0'" in text and "127.0.0.1:0" not in text
    assert "enable_tls = 'Required'" in text and "'Disabled'" not in text
    assert "mx_list = { '127.0.0.1:25' }" in text


def test_scenario_files_are_parsed():
    header, settings, steps = parse("""# name: a name
# description: what for
listener: relay_hosts = {},
  banner = 'x'
C: EHLO x
C|: a\\r
S: 250.*
tls
no sink
""")
    assert header == {"name": "a name", "description": "what for"}
    assert settings == {"listener": "relay_hosts = {},\nbanner = 'x'"}
    assert [(s.word, s.text) for s in steps] == [("C", "EHLO x"), ("C|", "a\\r"), ("S", "250.*"), ("tls", ""), ("no sink", "")]
    assert unescape(r"a\r\n\x00\\") == b"a\r\n\0\\"
    with pytest.raises(ScenarioError, match="line 1"):
        parse("EHLO x")
    with pytest.raises(ScenarioError, match="unknown step"):
        parse("X: y")
