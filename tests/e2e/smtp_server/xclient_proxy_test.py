"""XCLIENT for trusted peers and the PROXY protocol: the session continues as if the named client had connected."""
import socket
import struct

import pytest

from harness.policy import policy, route


def test_xclient_changes_the_peer(start, peer):
    daemon = start(policy("allow_xclient = true, relay_hosts = { '127.0.0.1', '192.0.2.0/24' }", events=route(peer.mx)))
    with daemon.session() as client:
        assert "XCLIENT ADDR PORT DESTADDR DESTPORT" in client.expect("250", "EHLO client.test").lines
        assert str(client.command("XCLIENT ADDR=192.0.2.7 PORT=4321")) == "220 mx.test KumoMTA"
        client.expect("250", "EHLO proxied.test")
        client.deliver("a@example.test", "b@example.test")
    assert "from proxied.test (192.0.2.7)" in peer.wait_messages().headers
    assert daemon.log.wait(type="Reception")["peer_address"] == {"name": "proxied.test", "addr": "192.0.2.7"}


def test_xclient_can_take_relaying_away(start, peer):
    daemon = start(policy("allow_xclient = true, relay_hosts = { '127.0.0.1' }", events=route(peer.mx)))
    with daemon.session() as client:
        client.expect("220", "XCLIENT ADDR=203.0.113.9 PORT=99")
        client.expect("250", "EHLO client.test")
        client.expect("250", "MAIL FROM:<a@example.test>")
        assert str(client.command("RCPT TO:<b@example.test>")) == "550 5.7.1 relaying not permitted for 203.0.113.9:99"


def test_xclient_needs_permission_and_good_values(start, peer):
    denied = start(policy(events=route(peer.mx)))
    with denied.session() as client:
        assert str(client.command("XCLIENT ADDR=192.0.2.7")) == "550 insufficient authorization"
    allowed = start(policy("allow_xclient = true", events=route(peer.mx)))
    with allowed.session() as client:
        assert str(client.command("XCLIENT ADDR=nonsense")) == "501 ADDR nonsense is invalid"
        assert str(client.command("XCLIENT LOGIN=me")) == "501 parameter LOGIN is not supported"
        client.expect("250", "MAIL FROM:<a@example.test>")
        assert str(client.command("XCLIENT ADDR=192.0.2.7")) == "503 mail transaction in progress"


def proxy_v2(source, destination):
    addresses = socket.inet_aton(source[0]) + socket.inet_aton(destination[0]) + struct.pack("!HH", source[1], destination[1])
    return b"\r\n\r\n\0\r\nQUIT\n\x21\x11" + struct.pack("!H", len(addresses)) + addresses


@pytest.mark.parametrize("header", [b"PROXY TCP4 192.0.2.8 198.51.100.1 5555 25\r\n",
                                    proxy_v2(("192.0.2.8", 5555), ("198.51.100.1", 25))], ids=["v1", "v2"])
def test_proxy_header_names_the_client(start, peer, header):
    daemon = start(policy("require_proxy_protocol = true, relay_hosts = { '192.0.2.0/24' }", events=route(peer.mx)))
    with daemon.smtp() as client:
        client.send(header)
        client.expect("220")
        client.expect("250", "EHLO client.test")
        client.deliver("a@example.test", "b@example.test")
    assert "(192.0.2.8)" in peer.wait_messages().headers


@pytest.mark.parametrize("header", [b"EHLO client.test\r\n", b"PROXY TCP4 nonsense\r\n", b"PROXY " + b"x" * 200])
def test_without_a_good_proxy_header_the_connection_is_dropped(start, peer, header):
    daemon = start(policy("require_proxy_protocol = true", events=route(peer.mx)))
    with daemon.smtp() as client:
        client.send(header)
        assert client.is_closed(10)
