"""A delivery that was recorded survives a power cut: the file, its name, and each directory on the way to it."""
import os
import shutil

import pytest

from harness.failing import FailingLayer
from harness.policy import policy, queue_events
from harness.unsynced import UnsyncedLayer, is_usable

pytestmark = pytest.mark.skipif(not is_usable(), reason="a sanitized program cannot run over a preloaded library")

BODY = "line\n" * 3000


@pytest.fixture
def daemon(daemons):
    """Not started; what is flushed below mail is kept apart."""
    made = daemons.make(policy(events=queue_events(
        "protocol = { maildir_path = '@DIR@/mail/{{ domain_part }}/{{ local_part }}' }")))
    root = made.dir / "mail"
    root.mkdir()
    shutil.chown(root, made.dir.stat().st_uid, made.dir.stat().st_gid)
    return made


def deliver(daemon, recipient):
    with daemon.session() as client:
        [spool_id] = client.deliver("sender@example.test", [recipient], "Subject: kept\n\n" + BODY)
    return spool_id


def whole_files(daemon, box):
    return [f for f in (daemon.dir / "mail" / box / "new").glob("*") if f.stat().st_size > len(BODY)]


def test_what_was_recorded_as_delivered_survives(daemon):
    layer = UnsyncedLayer(daemon, "mail")
    daemon.start()
    for recipient in ("a@one.test", "a@one.test", "b@one.test", "a@two.test"):
        daemon.log.wait(type="Delivery", id=deliver(daemon, recipient))
    daemon.kill()
    layer.cut()
    found = {box: len(whole_files(daemon, box)) for box in ("one.test/a", "one.test/b", "two.test/a")}
    assert found == {"one.test/a": 2, "one.test/b": 1, "two.test/a": 1}
    daemon.restart()


@pytest.mark.parametrize("unflushed", ["", "one.test", "one.test/a"])
def test_directories_that_could_not_be_flushed_are_flushed_by_the_next_delivery(daemon, unflushed):
    layer, disk = UnsyncedLayer(daemon, "mail"), FailingLayer(daemon)
    daemon.start()
    disk.fail("sync", under=daemon.dir / "mail" / unflushed)
    failed = daemon.log.wait(type="TransientFailure", id=deliver(daemon, "a@one.test"))
    assert f"cannot flush {daemon.dir}/mail" in failed["response"]["content"]
    disk.recover()
    daemon.log.wait(type="Delivery", id=deliver(daemon, "a@one.test"))
    daemon.kill()
    layer.cut()
    assert len(whole_files(daemon, "one.test/a")) == 1
    daemon.restart()


def test_directories_of_a_daemon_that_was_killed_are_flushed_by_the_next(daemon):
    """Made, not flushed: what a crash between the two leaves."""
    layer = UnsyncedLayer(daemon, "mail")
    daemon.start()
    for directory in ("one.test", "one.test/a", "one.test/a/new"):
        made = daemon.dir / "mail" / directory
        made.mkdir()
        os.chown(made, *layer.owner)
    daemon.log.wait(type="Delivery", id=deliver(daemon, "a@one.test"))
    daemon.kill()
    layer.cut()
    assert len(whole_files(daemon, "one.test/a")) == 1
    daemon.restart()
