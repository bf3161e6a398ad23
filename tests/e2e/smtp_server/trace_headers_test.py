"""Received and the supplemental header."""
import base64
import json
import re

import pytest

from harness.policy import policy, route


def supplemental(headers, name="X-KumoRef"):
    match = re.search(rf"^{name}: ((?:.*\r\n)(?:[ \t].*\r\n)*)", headers + "\r\n", re.M)
    return match and json.loads(base64.b64decode(re.sub(r"\s", "", match[1])))


def test_received_and_reference(start, peer):
    daemon = start(policy(events=route(peer.mx)))
    with daemon.session(ehlo="client.example") as client:
        [spool_id] = client.deliver("a@example.test", "b@example.test")
    headers = peer.wait_messages().headers
    # Folding is a matter of layout; the words are documented.
    received = re.sub(r"\r\n\s+", " ", headers)
    assert re.search(rf"^Received: from client\.example \(127\.0\.0\.1\) by mx\.test \(KumoMTA 127\.0\.0\.1\)\s+"
                     rf"with ESMTP id {spool_id} for <b@example\.test>; \w{{3}}, \d\d? \w{{3}} \d{{4}} [\d:]{{8}} [+-]\d{{4}}",
                     received, re.M), headers
    assert supplemental(headers) == {"_@_": "\\_/", "recipient": "b@example.test"}


def test_names_and_meta_are_settings(start, peer):
    daemon = start(policy(
        "trace_headers = { header_name = 'X-Ref', include_meta_names = { 'x_one' }, received_header = false }",
        events=route(peer.mx) + "kumo.on('smtp_server_message_received', function(m) m:set_meta('x_one', 'value') end)"))
    with daemon.session() as client:
        client.deliver("a@example.test", "b@example.test")
    headers = peer.wait_messages().headers
    assert "Received:" not in headers and "X-KumoRef" not in headers
    assert supplemental(headers, "X-Ref") == {"_@_": "\\_/", "recipient": "b@example.test", "x_one": "value"}


def test_a_long_reference_is_folded(start, peer):
    daemon = start(policy(events=route(peer.mx)))
    recipient = "r" * 60 + "@" + "d" * 60 + ".test"
    with daemon.session() as client:
        client.deliver("a@example.test", recipient)
    headers = peer.wait_messages().headers
    reference = headers[headers.index("X-KumoRef"):].split("\r\nReceived")[0]
    assert "\r\n" in reference and max(map(len, reference.split("\r\n"))) <= 78, headers
    assert supplemental(headers)["recipient"] == recipient


@pytest.mark.parametrize("fields", ["supplemental_header = false, received_header = false"])
def test_both_can_be_off_and_the_body_is_untouched(start, peer, fields):
    daemon = start(policy(f"trace_headers = {{ {fields} }}", events=route(peer.mx)))
    content = b"Subject: x\r\nX-Odd:  two  spaces \r\n\r\n..\r\n.leading\r\n\r\n"
    with daemon.session() as client:
        client.envelope("a@example.test", "b@example.test")
        assert client.data(content).code == 250
    assert peer.wait_messages().data == content
