"""protocol = { maildir_path = … }: one whole file per recipient, read by Dovecot."""
import os
import random
import re
import stat
import time

import pytest

from harness import dovecot
from harness.configuration import configuration, section
from harness.ledger import Ledger
from harness.policy import policy, queue_events
from harness.senders import attempt, flowing
from harness.waiting import wait_until

BOXES = "maildir_path = '@DIR@/mail/{{ domain_part }}/{{ local_part }}'"


def to_maildirs(fields=BOXES, queue="", **kwargs):
    return policy(events=queue_events(f"protocol = {{ {fields} }}{', ' + queue if queue else ''}"), **kwargs)


def files(daemon, box, part="new"):
    where = daemon.dir / "mail" / box / part
    return sorted(where.iterdir()) if where.exists() else []


def send(daemon, *recipients, content="Subject: test\n\nbody\n"):
    with daemon.session() as client:
        return client.deliver("sender@example.test", list(recipients), content)


def test_dovecot_reads_what_was_delivered(start, daemons):
    daemon = start(to_maildirs())
    texts = [f"Subject: number {i}\n\nline {i}\n..dot\n" for i in range(5)]
    for text in texts:
        send(daemon, "user@example.test", content=text)
    wait_until(lambda: len(files(daemon, "example.test/user")) == 5, lambda: daemon.diagnostics()[-2000:])
    found = dovecot.fetch(daemons.dir / "dovecot", daemon.dir / "mail/example.test/user")
    assert sorted(m["hdr.subject"] for m in found) == [f"number {i}" for i in range(5)]
    assert all("..dot" in m["body"] for m in found)
    assert not files(daemon, "example.test/user", "tmp")


def test_the_record_says_what_became_of_it(start):
    daemon = start(to_maildirs())
    [spool_id] = send(daemon, "user@example.test")
    record = daemon.log.wait(type="Delivery", id=spool_id)
    assert record["delivery_protocol"] == "Maildir"
    assert record["peer_address"] is None
    assert record["site"].startswith("unspecified->example.test@maildir:/")
    assert record["site"].endswith("/mail/{{ domain_part }}/{{ local_part }}")
    [name] = [f.name for f in files(daemon, "example.test/user")]
    assert record["response"] == {"code": 200, "enhanced_code": None, "content": f"wrote to maildir with id={name}",
                                  "command": None}


@pytest.mark.parametrize("modes", ["dir_mode = tonumber('775', 8), file_mode = tonumber('664', 8)", "dir_mode = '0775', file_mode = '664'"])
def test_modes_are_those_that_were_asked_for(start, modes):
    daemon = start(to_maildirs(f"{BOXES}, {modes}"))
    [spool_id] = send(daemon, "user@example.test")
    daemon.log.wait(type="Delivery", id=spool_id)
    [file] = files(daemon, "example.test/user")
    assert stat.S_IMODE(file.stat().st_mode) == 0o664
    for directory in (file.parent, file.parent.parent, file.parent.parent.parent):
        assert stat.S_IMODE(directory.stat().st_mode) == 0o775


def test_a_policy_whose_mode_shuts_the_server_out_makes_nothing(start):
    daemon = start(to_maildirs(BOXES + ", dir_mode = 775"))
    assert attempt(daemon).code == 451
    daemon.wait_for_diagnostic("dir_mode: 775 is mode 1407, and the owner needs rwx")
    assert not (daemon.dir / "mail").exists()


@pytest.mark.parametrize("local", ['"../../../escape"', '"a/b"', '"/etc"'])
def test_a_local_part_cannot_leave_its_place(start, local):
    daemon = start(to_maildirs())
    before = {p for p in daemon.dir.rglob("*") if "spool" not in p.parts and "log" not in p.parts}
    with daemon.session() as client:
        client.expect("250", "MAIL FROM:<sender@example.test>")
        client.expect("250", f"RCPT TO:<{local}@example.test>")
        client.expect("354", "DATA")
        client.expect("250", "Subject: x\r\n\r\nx\r\n.")
    record = daemon.log.wait(type="Bounce")
    assert record["response"]["code"] == 553
    after = {p for p in daemon.dir.rglob("*") if "spool" not in p.parts and "log" not in p.parts}
    assert after == before


@pytest.mark.skipif(os.geteuid() != 0, reason="one's own directory cannot be closed to oneself for good")
def test_a_place_above_that_may_be_entered_and_not_listed_is_no_obstacle(daemons):
    daemon = daemons.make(to_maildirs())
    place = daemon.dir / "mail"
    place.mkdir()
    place.chmod(0o711)  # root's, as /home may be
    own = place / "example.test"
    own.mkdir()
    os.chown(own, daemon.dir.stat().st_uid, daemon.dir.stat().st_gid)
    daemon.start()
    [spool_id] = send(daemon, "user@example.test")
    daemon.log.wait(type="Delivery", id=spool_id)
    [refused] = send(daemon, "user@other.test")
    record = daemon.log.wait(type="TransientFailure", id=refused)
    assert re.search("cannot create .*/mail/other.test: Permission denied", record["response"]["content"])


def test_dots_in_quotes_are_a_name(start):
    daemon = start(to_maildirs())
    [spool_id] = send(daemon, '".."@example.test')
    daemon.log.wait(type="Delivery", id=spool_id)
    assert len(files(daemon, 'example.test/".."')) == 1


def test_a_full_disk_is_a_temporary_failure_tried_again_after_a_minute(start_on_small_disk):
    daemon = start_on_small_disk(to_maildirs(queue="retry_interval = '5h'") + """
kumo.on('requeue_message', function(msg, response, context, increment, delay)
  print('requeued with delay', tostring(delay), 'increment', tostring(increment))
end)
""", where="mail", size="64k")
    daemon.fill(leave=4096)
    [spool_id] = send(daemon, "user@example.test", content="Subject: large\n\n" + "x" * 60 + "\n" + ("y" * 70 + "\n") * 500)
    record = daemon.log.wait(type="TransientFailure", id=spool_id)
    assert record["response"]["code"] == 400
    assert "No space left on device" in record["response"]["content"]
    assert [f.name for f in daemon.inside().rglob("*") if f.is_file()] == ["filler"]  # neither in tmp nor in new
    daemon.empty()
    assert daemon.log.wait(type="Delivery", id=spool_id, seconds=90)["num_attempts"] == 1
    assert len([f for f in daemon.inside().rglob("new/*") if f.is_file()]) == 1


def kept(daemon):
    """[(tag, body)] of all files."""
    found = []
    for file in files(daemon, "example.test/user"):
        head, body = file.read_bytes().split(b"\r\n\r\n", 1)
        found.append((re.search(rb"^Subject: (\S+)", head, re.M)[1].decode(), body))
    return found


def many_lines(tag):
    return "".join(f"{tag} line {i}\n" for i in range(random.randint(1, 400)))


@pytest.mark.slow
def test_a_killed_daemon_leaves_no_torn_file_and_loses_nothing(start):
    daemon = start(to_maildirs(queue="retry_interval = '1s'"))
    ledger = Ledger()
    for run in range(4):
        enough = len(ledger.promised) + 5 + 10 * run
        with flowing(daemon, 4, ledger, f"r{run}s", body_of=many_lines):
            wait_until(lambda: len(ledger.promised) > enough, "no load", 30)
            time.sleep(random.uniform(0, 0.3))  # the instant of the crash is to be any
            daemon.kill()
        ledger.arrived(kept(daemon))  # none is torn
        daemon.restart()
    wait_until(lambda: not ledger.missing(kept(daemon)), lambda: f"lost: {ledger.missing(kept(daemon))[:10]}", 60)
    ledger.arrived(kept(daemon))


ENABLED = "[modules.maildir]\nenabled = true"


def config(modules, protocol):
    return configuration(modules, section("queue.default.protocol.maildir", protocol))


def test_from_the_configuration_file(daemons):
    daemon = daemons.start(config=config(ENABLED, 'maildir_path = "@DIR@/mail/{{ local_part }}"\nfile_mode = 0o600'))
    [spool_id] = send(daemon, "user@example.test")
    daemon.log.wait(type="Delivery", id=spool_id)
    assert len(files(daemon, "user")) == 1


@pytest.mark.parametrize("modules, protocol, said", [
    (ENABLED, 'maildir_pth = "/x"', r'godwit.toml:\d+: queue.default.protocol.maildir.maildir_pth: .*did you mean "maildir_path"'),
    (ENABLED, 'maildir_path = "/x/{{ who }}"', r'godwit.toml:\d+: queue.default.protocol.maildir: .*unknown variable "who"'),
    (ENABLED, 'maildir_path = "/x"\ndir_mode = 775', r"godwit.toml:\d+: queue.default.protocol.maildir: .*dir_mode: 775 is mode 1407"),
    (ENABLED, 'maildir_path = "/x"\nfile_mode = "0444"', r'godwit.toml:\d+: .*file_mode: "0444" is mode 0444, and the owner needs rw'),
    (ENABLED, 'maildir_path = "/x"\nfile_mode = "rw"', r'godwit.toml:\d+: .*file_mode: "rw" is no mode'),
    ("", 'maildir_path = "/x"', r'godwit.toml:\d+: queue.default.protocol.maildir: is provided by the module maildir: enable it'),
])
def test_mistakes_are_told_with_their_line(daemons, modules, protocol, said):
    done = daemons.make(config=config(modules, protocol)).run_once("--check")
    assert done.returncode == 1
    assert re.search(said, done.stdout), done.stdout
