"""Records and their fields; segments."""
import datetime
import re

import zstandard

from harness.policy import policy, route
from harness.waiting import wait_until

COMMON = {"type", "id", "sender", "recipient", "queue", "site", "size", "response", "peer_address", "timestamp", "event_time",
          "created", "created_time", "num_attempts", "bounce_classification", "egress_pool", "egress_source", "source_address",
          "feedback_report", "meta", "headers", "delivery_protocol", "reception_protocol", "nodeid"}
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def test_reception_and_delivery(start, peer):
    daemon = start(policy(events=route(peer.mx)))
    with daemon.session(ehlo="client.example") as client:
        [spool_id] = client.deliver("a@example.test", "b@example.test")
    received = daemon.log.wait(type="Reception", id=spool_id)
    delivered = daemon.log.wait(type="Delivery", id=spool_id)
    for record in (received, delivered):
        assert COMMON <= set(record), COMMON - set(record)
        assert record["sender"] == "a@example.test" and record["recipient"] == "b@example.test"
        assert record["queue"] == "example.test" and record["bounce_classification"] == "Uncategorized"
        assert UUID.fullmatch(record["session_id"]) and record["feedback_report"] is None
        event = datetime.datetime.strptime(record["event_time"][:19], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=datetime.timezone.utc)
        assert abs(event.timestamp() - record["timestamp"]) < 2
    assert received["site"] == "" and received["peer_address"] == {"name": "client.example", "addr": "127.0.0.1"}
    assert received["reception_protocol"] == "ESMTP" and received["size"] > 0
    assert received["response"]["code"] == 250 and received["egress_source"] is None
    assert delivered["site"] == f"unspecified->mx_list:{peer.mx}@smtp_client"
    assert delivered["egress_pool"] == delivered["egress_source"] == "unspecified"
    assert delivered["response"]["command"], "the command that was answered"
    assert received["created"] == delivered["created"] and received["nodeid"] == delivered["nodeid"]


def test_several_recipients_are_an_array(start, peer):
    daemon = start(policy("batch_handling = 'BatchByDomain'", events=route(peer.mx)))
    with daemon.session() as client:
        client.deliver("a@example.test", ["b@example.test", "c@example.test"])
    assert daemon.log.wait(type="Reception")["recipient"] == ["b@example.test", "c@example.test"]


def test_headers_and_meta_by_pattern(start, peer):
    daemon = start(policy(events=route(peer.mx) + """
kumo.on('smtp_server_message_received', function(m) m:set_meta('x_a', 1) m:set_meta('X_b', 2) m:set_meta('other', 3) end)""",
                          logs="headers = { 'subject', 'X-Tag*' }, meta = { 'x_*' }"))
    with daemon.session() as client:
        client.deliver("a@example.test", "b@example.test", "Subject: hi\nX-TAG-One: 1\nX-Other: 2\n\nbody\n")
    record = daemon.log.wait(type="Reception")
    assert record["headers"] == {"Subject": "hi", "X-TAG-One": "1"}
    assert record["meta"] == {"x_a": 1}


def test_types_can_be_disabled_and_put_elsewhere(start, peer):
    daemon = start(policy(events=route(peer.mx),
                          logs="per_record = { Reception = { enable = false }, Delivery = { suffix = '_delivered' } }"))
    with daemon.session() as client:
        client.deliver("a@example.test", "b@example.test")
    daemon.log.wait(type="Delivery")
    assert not daemon.log.records(type="Reception")
    assert any(p.name.endswith("_delivered") for p in daemon.log.segments())


def test_segments_are_finished_by_age_and_at_the_end(start, peer):
    daemon = start(policy(events=route(peer.mx)))
    with daemon.session() as client:
        client.deliver("a@example.test", "b@example.test")
    daemon.log.wait(type="Delivery")
    first = daemon.log.segments()[0]
    wait_until(lambda: first.stat().st_mode & 0o222 == 0, "the segment becomes read-only", 10)
    with daemon.session() as client:
        client.deliver("a@example.test", "c@example.test")
    daemon.stop()
    assert all(p.stat().st_mode & 0o222 == 0 for p in daemon.log.segments())
    assert all(re.match(r"\d{8}-\d{6}\.\d{9}$", p.name) for p in daemon.log.segments())
    assert len(daemon.log.records(type="Delivery") + daemon.log.records(type="TransientFailure")) >= 1
    assert len(daemon.log.records(type="Reception")) == 2


def test_segments_left_by_a_crash_are_marked_done(start, peer):
    daemon = start(policy(events=route(peer.mx), logs="").replace("max_segment_duration = '1s', ", ""))
    with daemon.session() as client:
        client.deliver("a@example.test", "b@example.test")
    wait_until(daemon.log.segments, "a segment")
    left = daemon.log.segments()
    daemon.kill()
    daemon.restart()
    wait_until(lambda: all(p.stat().st_mode & 0o222 == 0 for p in left), "old segments become read-only")


def test_a_segment_begins_with_its_header(start, peer):
    daemon = start(policy(events=route(peer.mx), logs="""compression_level = 19,
      per_record = { Any = { segment_header = '{"written_by": "mx.test"}\\n' } }"""))
    with daemon.session() as client:
        client.deliver("a@example.test", "b@example.test")
    daemon.log.wait(type="Reception")
    for segment in daemon.log.segments():
        text = zstandard.ZstdDecompressor().decompressobj().decompress(segment.read_bytes())
        assert text.startswith(b'{"written_by": "mx.test"}\n{'), text
