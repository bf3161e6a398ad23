"""Commands that look at queues and change them: names, texts and columns of Momentum's console."""
import re

from harness.policy import policy, route
from harness.waiting import wait_until

REFUSED = {"RCPT": "451 4.2.1 later"}


def delayed(start, make_peer, count=1, domain="slow.test", **mail):
    """A daemon with `count` messages that wait for their second attempt, and the ids."""
    peer = make_peer(REFUSED)
    daemon = start(policy(events=route(peer.mx, queue="retry_interval = '1 hour'")))
    ids = []
    with daemon.session() as client:
        for i in range(count):
            ids += client.deliver(f"s{i}@from.test", f"r{i}@{domain}", **mail)
    for spool_id in ids:
        daemon.log.wait(type="TransientFailure", id=spool_id)
    wait_until(lambda: [row["dq"] for row in daemon.console.rows("mailq")] == [count],
               lambda: f"{count} delayed messages; mailq: {daemon.console.run('mailq')}", 20)
    return daemon, peer, ids


def test_mailq_active_delayed_and_domain_all(start, make_peer):
    daemon, _, _ = delayed(start, make_peer, 3)
    assert daemon.console.run("mailq").splitlines()[0].split() == ["Group/Binding", "Domain", "AQ", "DQ"]
    [row] = daemon.console.rows("mailq")
    assert (row["domain"], row["aq"], row["dq"]) == ("slow.test", 0, 3)
    assert daemon.console.rows("mailq --domain other.test") == []
    assert daemon.console.rows("mailq -d slow.test -b unspecified -l 1")[0]["dq"] == 3
    text = daemon.console.run("delayed")
    assert re.match(r"Domain: slow\.test C: \d+ A: 0 D: 3 S: 0\nTotal: C: \d+ A: 0 D: 3 S: 0\n$", text)
    assert daemon.console.run("delayed 3").startswith("Total: ")
    assert "Domain: " not in daemon.console.run("active")
    assert "Domain: slow.test" in daemon.console.run("domain all")
    assert daemon.console.run("domains") == daemon.console.run("domain all")
    one = daemon.console.record("domain slow.test")
    assert (one["active"], one["delayed"], one["deliveries"], one["failures"]) == (0, 3, 0, 0)
    assert "Queue Delayed:        3" in daemon.console.run("domain slow.test")


def test_a_limited_listing_of_many_messages_is_as_long_as_asked(start, make_peer):
    daemon, _, ids = delayed(start, make_peer, 700)  # the look through the queue takes several steps
    pages = [daemon.console.rows(f"showqueue all slow.test {page}") for page in ("1", "300,0", "300,300", "300,600", "300,900")]
    assert [len(rows) for rows in pages] == [1, 300, 300, 100, 0]
    assert {row["id"] for rows in pages[1:] for row in rows} == set(ids)
    assert len(daemon.console.rows("showqueue slow.test")) == 100
    assert len(daemon.console.run("fail domain --dry-run slow.test").splitlines()) == 26
    assert daemon.console.record(f"message details {ids[0]}")["message"] == ids[0]


def test_showqueue_pages_through_messages(start, make_peer):
    daemon, _, ids = delayed(start, make_peer, 3)
    lines = daemon.console.run("showqueue slow.test").splitlines()
    assert len(lines) == 3
    for line in lines:
        assert re.match(r"\[delayed/slow\.test\] [0-9a-f]{32} Created: \d+, From: s\d@from\.test To: r\d@slow\.test$", line)
    assert {line.split()[1] for line in lines} == set(ids)
    assert len(daemon.console.rows("showqueue slow.test 2")) == 2
    assert len(daemon.console.rows("showqueue all slow.test 2,2")) == 1
    assert daemon.console.rows("showqueue other.test") == []


def test_message_details_fail_and_retry(start, make_peer):
    daemon, peer, [first, second] = delayed(start, make_peer, 2)
    details = daemon.console.record(f"message details {first}")
    assert details["sender"] == "s0@from.test" and details["recipient"] == "r0@slow.test"
    assert details["message_type"] == "delayed" and details["retries"] == 1 and details["code"] == 451
    for title in ("Message:", "Message Type:", "Created:", "Next Attempt:", "Retries:", "Sender:", "Recipient:", "Code:", "Size:"):
        assert title in daemon.console.run(f"message details {first}")
    assert "Subject:" in daemon.console.run(f"message details full {first}")
    assert "Subject:" not in daemon.console.run(f"message details body {first}")
    assert "is no message id" in daemon.console.fails("message details xyz")

    assert daemon.console.run(f"message fail {first}") == "Message failed\n"
    daemon.log.wait(type="AdminBounce", id=first, response={"code": 554, "content": "manually failed."})
    assert "is not in the queue" in daemon.console.fails(f"message details {first}")

    peer.script.clear()
    assert daemon.console.run(f"message retry {second}") == "Message requeued for delivery\n"
    daemon.log.wait(type="Delivery", id=second)


def test_message_fail_quiet_writes_no_record(start, make_peer):
    daemon, _, [gone, kept] = delayed(start, make_peer, 2)
    assert daemon.console.run(f"message fail quiet {gone}") == "Message failed\n"
    assert "is not in the queue" in daemon.console.fails(f"message fail quiet {gone}")
    assert [row["id"] for row in daemon.console.rows("showqueue slow.test")] == [kept]
    daemon.restart()
    wait_until(lambda: [row["dq"] for row in daemon.console.rows("mailq")] == [1], "the other one, from the spool", 20)
    daemon.stop()
    assert {r["type"] for r in daemon.log.records() if r["id"] == gone} == {"Reception", "TransientFailure"}


def test_flush_makes_delayed_mail_due(start, make_peer):
    daemon, peer, ids = delayed(start, make_peer, 3)
    peer.script.clear()
    assert daemon.console.run("flush domain slow.test") == "slow.test flushed. 3 messages requeued.\n"
    for spool_id in ids:
        daemon.log.wait(type="Delivery", id=spool_id)


def test_programs_get_counts_of_what_was_done(start, make_peer):
    daemon, _, _ = delayed(start, make_peer, 3)
    for command, told in (("fail domain --dry-run slow.test", {"domain": "slow.test", "would_be_failed": 3}),
                          ("fail all quiet --dry-run --meta ehlo_domain none.test", {"domain": "all", "would_be_failed": 0}),
                          ("fail domain slow.test", {"domain": "slow.test", "failed": 3}),
                          ("fail domain quiet all", {"domain": "all", "failed": 0}),
                          ("fail all --meta ehlo_domain none.test", {"domain": "all", "failed": 0})):
        answer = daemon.console.json(command)
        assert answer["record"] == told
        assert "--dry-run" in command or "text" not in answer


def test_programs_get_the_count_of_what_was_flushed(start, make_peer):
    daemon, _, _ = delayed(start, make_peer, 3)
    assert daemon.console.json("flush domain slow.test") == {"command": "flush domain slow.test", "outcome": "ok",
                                                             "record": {"domain": "slow.test", "requeued": 3}}


def test_fail_domain_with_previews_and_filters(start, make_peer):
    daemon, _, ids = delayed(start, make_peer, 3)
    preview = daemon.console.run("fail domain --dry-run slow.test").splitlines()
    assert preview[-1] == "[dry-run] slow.test: 3 messages would be failed."
    assert re.match(r"[0-9a-f]{32} domain=slow\.test from=s\d@from\.test to=r\d@slow\.test$", preview[0])
    assert "name what to fail" in daemon.console.fails("fail all")
    assert daemon.console.run("fail domain --meta reception_protocol none slow.test") == \
        "slow.test purged, 0 messages failed.\n"
    assert daemon.console.run("fail domain slow.test") == "slow.test purged, 3 messages failed.\n"
    for spool_id in ids:
        daemon.log.wait(type="AdminBounce", id=spool_id, response={"code": 554, "content": "Message manually purged."})
    assert daemon.console.run("fail domain all") == "All domains purged. 0 messages failed.\n"
    assert daemon.console.record("summary")["total_queue_size"] == 0


def test_the_meta_filter_knows_the_connection(start, make_peer):
    peer = make_peer(REFUSED)
    marks = """
kumo.on('smtp_server_ehlo', function(domain, conn_meta)
  conn_meta:set_meta('came_as', domain)
end)
"""
    daemon = start(policy(events=marks + route(peer.mx, queue="retry_interval = '1 hour'")))
    ids = {}
    for name in ("one.test", "two.test"):
        with daemon.session(ehlo=name) as client:
            [ids[name]] = client.deliver("a@from.test", "b@slow.test")
        daemon.log.wait(type="TransientFailure", id=ids[name])
    wait_until(lambda: [row["dq"] for row in daemon.console.rows("mailq")] == [2], "two delayed messages", 20)
    assert daemon.console.record(f"message details {ids['one.test']}")["meta"]["came_as"] == "one.test"
    assert daemon.console.run("fail domain --meta ehlo_domain three.test slow.test") == "slow.test purged, 0 messages failed.\n"
    assert daemon.console.run("fail domain --meta came_as two.test slow.test") == "slow.test purged, 1 messages failed.\n"
    daemon.log.wait(type="AdminBounce", id=ids["two.test"])
    assert daemon.console.run("fail all --meta ehlo_domain one.test") == "All domains purged. 1 messages failed.\n"
    daemon.log.wait(type="AdminBounce", id=ids["one.test"])


def test_fail_domain_with_a_note_and_quietly(start, make_peer):
    daemon, _, [spool_id] = delayed(start, make_peer)
    assert daemon.console.run("fail domain slow.test 550 5.7.1 we do not want this") == "slow.test purged, 1 messages failed.\n"
    daemon.log.wait(type="AdminBounce", id=spool_id, response={"code": 550, "content": "we do not want this"})


def test_fail_domain_quiet_writes_no_record(start, make_peer):
    daemon, _, [spool_id] = delayed(start, make_peer)
    assert daemon.console.run("fail domain quiet slow.test") == "slow.test purged, 1 messages failed.\n"
    assert daemon.console.record("summary")["total_queue_size"] == 0
    daemon.stop()
    assert not daemon.log.records(type="AdminBounce", id=spool_id)


def test_fail_all_quiet_needs_a_filter_and_writes_nothing(start, make_peer):
    peer = make_peer(REFUSED)
    daemon = start(policy(events=route(peer.mx, queue="retry_interval = '1 hour'")))
    with daemon.session() as client:
        [unwanted] = client.deliver("a@from.test", "b@one.test", content="X-Campaign: 7\nSubject: x\n\nbody\n")
        [also] = client.deliver("a@from.test", "b@two.test", content="Subject: x\nX-Campaign:  7\n\nbody\n")
        [kept] = client.deliver("a@from.test", "b@two.test", content="X-Campaign: 78\nSubject: X-Campaign: 7\n\nbody\n")
    for spool_id in (unwanted, also, kept):
        daemon.log.wait(type="TransientFailure", id=spool_id)
    wait_until(lambda: sum(row["dq"] for row in daemon.console.rows("mailq")) == 3, "three delayed messages", 20)
    assert "name what to fail" in daemon.console.fails("fail all quiet")
    assert daemon.console.run("fail all quiet --dry-run --header X-Campaign 7").splitlines()[-1] == "[dry-run] all: 2 messages would be failed."
    assert daemon.console.run("fail all quiet --header X-Campaign 7") == "All domains purged. 2 messages failed.\n"
    assert "is not in the queue" in daemon.console.fails(f"message details {unwanted}")
    assert daemon.console.record(f"message details {kept}")["message_type"] == "delayed"
    assert daemon.console.record("summary")["failed"] == 0
    daemon.restart()
    wait_until(lambda: [row["dq"] for row in daemon.console.rows("mailq")] == [1], "the one that is left, from the spool", 20)
    daemon.stop()
    told = {(r["id"], r["type"]) for r in daemon.log.records()}
    assert told == {(spool_id, what) for spool_id in (unwanted, also, kept) for what in ("Reception", "TransientFailure")}
    assert peer.messages == []
