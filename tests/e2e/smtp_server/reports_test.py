"""log_oob and log_arf: reports become OOB and Feedback records and are relayed or dropped, other mail is not let in."""
import re

import pytest

from harness.policy import policy, route
from harness.reports import DELAYED, FAILED, FAILED_WITHOUT_REPLY, delivery_status, feedback


def domains(**options):
    return f"""
kumo.on('get_listener_domain', function(domain, listener, conn_meta)
  if domain == 'reports.test' then return kumo.make_listener_domain {{ log_oob = '{options.get("oob", "Ignore")}' }} end
  if domain == 'fbl.test' then return kumo.make_listener_domain {{ log_arf = '{options.get("arf", "Ignore")}' }} end
end)
"""


def daemon_with(start, peer, listener="relay_hosts = {}", **options):
    return start(policy(listener, events=route(peer.mx) + domains(**options), logs="headers = { 'Subject' }"))


def send(daemon, recipient, content, sender=""):
    with daemon.session() as client:
        client.envelope(sender, recipient)
        return client.data(content)


def test_each_failed_recipient_of_a_bounce_is_logged(start, peer):
    daemon = daemon_with(start, peer, oob="LogThenDrop")
    report = delivery_status(FAILED, FAILED_WITHOUT_REPLY, DELAYED)
    assert send(daemon, "news-17@reports.test", report).code == 250
    first, second = daemon.log.wait(count=2, type="OOB")
    assert first["sender"] == second["sender"] == "news-17@reports.test"
    assert first["recipient"] == "reader@alias.test" and second["recipient"] == "second@provider.test"
    assert first["response"] == {"code": 550, "content": "<reader@provider.test>: user unknown", "command": None,
                                 "enhanced_code": {"class": 5, "subject": 1, "detail": 1}}
    assert second["response"] == {"code": 550, "content": "host not found", "command": None,
                                  "enhanced_code": {"class": 5, "subject": 4, "detail": 4}}
    assert first["peer_address"] == {"name": "mx.provider.test", "addr": "127.0.0.1"}
    assert first["timestamp"] == 1700000005 and second["timestamp"] > 1700000005
    assert first["id"] == second["id"] and first["reception_protocol"] == "ESMTP" and first["feedback_report"] is None
    assert first["headers"] == {"Subject": "Undelivered Mail Returned to Sender"}


def test_a_dropped_report_leaves_its_records_only(start, peer):
    daemon = daemon_with(start, peer, oob="LogThenDrop")
    assert send(daemon, "a@reports.test", delivery_status(FAILED)).code == 250
    daemon.log.wait(type="OOB")
    assert daemon.log.has_none(0.5, type="Reception")
    assert len(daemon.log.records()) == 1 and not peer.messages


def test_a_relayed_report_is_received_and_delivered_as_well(start, peer):
    daemon = daemon_with(start, peer, oob="LogThenRelay")
    assert send(daemon, "a@reports.test", delivery_status(FAILED)).code == 250
    oob = daemon.log.wait(type="OOB")
    for kind in ("Reception", "Delivery"):
        assert daemon.log.wait(type=kind)["id"] == oob["id"]
    assert b"Undelivered Message" in peer.wait_messages().data


def test_a_complaint_gives_a_feedback_record_with_all_fields(start, peer):
    daemon = daemon_with(start, peer, arf="LogThenDrop")
    assert send(daemon, "complaints@fbl.test", feedback(), "fbl@provider.test").code == 250
    record = daemon.log.wait(type="Feedback")
    assert record["sender"] == "fbl@provider.test" and record["recipient"] == "complaints@fbl.test"
    report = record["feedback_report"]
    original = report.pop("original_message")
    assert original.startswith("Received: from mx.test") and original.endswith("Hello reader\r\n")
    assert report == {
        "feedback_type": "abuse", "user_agent": "Provider-FBL/2.0", "version": "1", "arrival_date": "2023-11-14T22:13:20Z",
        "incidents": None, "original_envelope_id": None, "original_mail_from": "<news@sender.test>", "reporting_mta": None,
        "source_ip": "192.0.2.1", "authentication_results": [], "original_rcpto_to": ["<redacted@provider.test>"],
        "reported_domain": ["sender.test"], "reported_uri": ["http://sender.test/offers", "mailto:news@sender.test"],
        "extensions": {"x-loop-id": ["7"]}, "supplemental_trace": None,
    }


def test_our_own_trace_header_comes_back_decoded(start, peer):
    listener = "relay_hosts = { '127.0.0.0/8' }, trace_headers = { include_meta_names = { 'tenant' } }"
    tenant = "kumo.on('smtp_server_message_received', function(msg) msg:set_meta('tenant', 't1') end)\n"
    daemon = start(policy(listener, events=route(peer.mx) + tenant + domains(arf="LogThenDrop")))
    send(daemon, "reader@provider.test", "Subject: Our offers\n\nhello\n", "news@sender.test")
    sent = peer.wait_messages().data.decode().replace("\r\n", "\n")
    [trace] = re.findall(r"^X-KumoRef: .*\n(?:[ \t].*\n)*", sent, re.M)
    assert send(daemon, "complaints@fbl.test", feedback(trace)).code == 250
    report = daemon.log.wait(type="Feedback")["feedback_report"]
    assert report["supplemental_trace"] == {"recipient": "reader@provider.test", "tenant": "t1"}


@pytest.mark.parametrize("recipient, content", [
    ("a@reports.test", "Subject: no report\n\nhello\n"),
    ("a@reports.test", feedback()),
    ("a@fbl.test", delivery_status(FAILED)),
    ("a@fbl.test", feedback(fields="")),  # the required Version is missing
    ("a@reports.test", delivery_status("Final-Recipient: rfc822; a@b\n")),
])
def test_what_is_not_the_expected_report_is_refused(start, peer, recipient, content):
    daemon = daemon_with(start, peer, oob="LogThenDrop", arf="LogThenDrop")
    reply = send(daemon, recipient, content)
    assert (reply.code, reply.text) == (550, "5.7.1 relaying not permitted")
    daemon.log.wait(type="Rejection")
    assert not daemon.log.records(type="OOB") and not daemon.log.records(type="Feedback")


def test_reports_from_relay_hosts_are_logged_too(start, peer):
    daemon = daemon_with(start, peer, "relay_hosts = { '127.0.0.0/8' }", oob="LogThenDrop")
    assert send(daemon, "a@reports.test", delivery_status(FAILED)).code == 250
    daemon.log.wait(type="OOB")
    assert not daemon.log.records(type="Reception")


def test_an_ignored_report_is_mail_like_any_other(start, peer):
    daemon = daemon_with(start, peer, "relay_hosts = { '127.0.0.0/8' }")
    assert send(daemon, "a@reports.test", delivery_status(FAILED)).code == 250
    daemon.log.wait(type="Delivery")
    assert not daemon.log.records(type="OOB")
