"""ec_logger: Momentum's lines from a real server, and files that are rotated under it."""
import os
import re
import signal
import time

import pytest

from harness.configuration import configuration, route
from harness.policy import policy
from harness.policy import route as policy_route
from harness.reports import FAILED, delivery_status
from harness.waiting import wait_until

LOGS = """
[modules.ec_logger]
enabled = true
mainlog = "{mainlog}"
rejectlog = "@DIR@/log/rejectlog.ec"
paniclog = "@DIR@/log/paniclog.ec"
{more}
[modules.ec_logger.bounce_logger]
bouncelog = "@DIR@/log/bouncelog.ec"
{bounces}
"""
POOL = """
[egress.source.ip1]
[egress.pool.pool0]
entries = [{ name = "ip1" }]
"""
UNKNOWN_ID = "00/00-00000-00000000"
UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"


def config(mx, relay_hosts='["127.0.0.1"]', mainlog="@DIR@/log/mainlog.ec", more="", bounces=""):
    return configuration(route(mx, 'max_retry_interval = "1s"\negress_pool = "pool0"'), POOL,
                         LOGS.format(mainlog=mainlog, more=more, bounces=bounces), smtp=f"relay_hosts = {relay_hosts}", logs=None)


@pytest.fixture
def start_with(start):
    return lambda peer, **kwargs: start(config=config(peer.mx, **kwargs))


def read(daemon, name):
    file = daemon.dir / "log" / name
    return file.read_text() if file.exists() else ""


def fields(daemon, name, kind):
    """The '@' fields of each line of that type, the time checked and left out."""
    found = []
    for line in read(daemon, name).splitlines():
        parts = re.split(r"(?<!\\)@", line)
        assert abs(int(parts[0]) - time.time()) < 120, line
        if parts[4] == kind:
            found.append(parts[1:])
    return found


def wait_fields(daemon, name, kind, count=1):
    found = wait_until(lambda: (f := fields(daemon, name, kind)) and len(f) >= count and f,
                       lambda: f"{count} of type {kind} in {name}:\n{read(daemon, name)}", 15)
    return found[0] if count == 1 else found


def test_reception_and_delivery(start_with, peer):
    daemon = start_with(peer)
    with daemon.session() as client:
        [spool_id] = client.deliver("a@sender.test", "b@example.test")
    size = wait_fields(daemon, "mainlog.ec", "R")[9]
    received = wait_fields(daemon, "mainlog.ec", "R")
    delivered = wait_fields(daemon, "mainlog.ec", "D")
    assert received[:2] == delivered[:2] == [spool_id, UNKNOWN_ID]
    assert re.fullmatch(UUID, received[2]) and re.fullmatch(UUID, delivered[2]) and received[2] != delivered[2]
    assert received[3:] == ["R", "b", "example.test", "a", "sender.test", "127.0.0.1", size, "esmtp", "default", "default"]
    assert delivered[3:9] == ["D", "example.test", size, "pool0", "ip1", "0"]
    assert int(delivered[9]) < 60 and delivered[10:] == ["127.0.0.1"]
    assert int(size) > 0


def test_a_temporary_failure_then_a_bounce(start_with, make_peer):
    peer = make_peer({"RCPT": ["450 4.2.1 mailbox@busy", "550 5.1.1 no such user"]})
    daemon = start_with(peer)
    with daemon.session() as client:
        [spool_id] = client.deliver("a@sender.test", "b@example.test")
    failed = wait_fields(daemon, "mainlog.ec", "P")
    delayed = wait_fields(daemon, "mainlog.ec", "T")
    assert delayed[0] == failed[0] == spool_id
    assert delayed[3:9] == ["T", "example.test", "0", "pool0", "ip1", "4"]
    assert delayed[11:] == ["127.0.0.1", r"450 4.2.1 mailbox\@busy"]
    assert failed[3:9] == ["P", "example.test", "0", "pool0", "ip1", "4"]
    assert failed[11:] == ["127.0.0.1", "550 5.1.1 no such user"]
    assert int(failed[9]) == int(delayed[9]) + 1
    for kind, code, line in (("T", "70", delayed), ("B", "1", failed)):
        bounced = wait_fields(daemon, "bouncelog.ec", kind)
        assert bounced[3:11] == [kind, "b", "example.test", "a", "sender.test", "pool0", "ip1", "4"]
        assert bounced[11] == code and bounced[13:] == line[11:]


def test_a_rejection(start_with, peer):
    daemon = start_with(peer, relay_hosts="[]")
    with daemon.session() as client:
        host, port = client.socket.getsockname()[:2]
        client.expect("250", "MAIL FROM:<a@sender.test>")
        client.expect("550", "RCPT TO:<b@example.test>")
    line = wait_until(lambda: read(daemon, "rejectlog.ec"), "a line of the rejectlog", 15)
    assert re.fullmatch(
        rf'\d{{10}}: R="{host}:{port}" L="127\.0\.0\.1:{daemon.port}" C="{UUID}" PATH="default" PATH_GRP="default" '
        r'P="awaiting rcptto" E=550 M=\? CTXCONN=\[ehlo_domain=client\.test\] '
        r'CTXMESS=\[mailfrom_localpart=a,mailfrom_domain=sender\.test,rcptto_localpart=b,rcptto_domain=example\.test\] '
        r'5\.7\.1 relaying not permitted.*\n', line), line


def test_a_log_that_cannot_be_written_stops_the_intake(start_with, peer):
    daemon = start_with(peer, mainlog="/dev/full")
    with daemon.session() as client:
        client.deliver("a@sender.test", "b@example.test")
    daemon.wait_for_diagnostic("cannot write /dev/full: No space left on device")

    def is_refused():
        with daemon.smtp() as client:
            reply = client.reply()
            return reply.code == 421 and "log storage is not accepting writes" in reply.text
    wait_until(is_refused, "mail is refused", 15)
    assert ":ec_logger: cannot write /dev/full" in wait_until(lambda: read(daemon, "paniclog.ec"), "a line of the paniclog")


def test_a_log_that_cannot_be_opened_prevents_the_start(daemons, peer):
    done = daemons.make(config=config(peer.mx, mainlog="/nonexistent/mainlog.ec")).run_once()
    assert done.returncode not in (0, 99)
    assert "cannot open /nonexistent/mainlog.ec" in done.stdout, done.stdout


def test_types_may_be_left_out_and_times_be_finer(start_with, make_peer):
    peer = make_peer({"RCPT": ["450 4.2.1 later", "250 ok"]})
    daemon = start_with(peer, more='log_receptions = false\nlog_transient_failures = false\nlog_hires_timestamp = true\nmainlog_mode = "0600"')
    with daemon.session() as client:
        client.deliver("a@sender.test", "b@example.test")
    wait_until(lambda: "@D@" in read(daemon, "mainlog.ec"), lambda: read(daemon, "mainlog.ec"), 20)
    lines = [line.split("@") for line in read(daemon, "mainlog.ec").splitlines()]
    assert not {line[4] for line in lines if len(line) > 4} & {"R", "T"}, lines
    delivered = next(line for line in lines if "D" in line)
    assert re.fullmatch(r"\d{16}", delivered[0]) and abs(int(delivered[0]) / 1e6 - time.time()) < 120
    assert (daemon.dir / "log/mainlog.ec").stat().st_mode & 0o777 == 0o600


EVENTS = """
kumo.on('get_listener_domain', function(domain)
  if domain == 'reports.test' then return kumo.make_listener_domain { log_oob = 'LogThenDrop' } end
end)
"""
ANSWERS = {"good@": "250 ok", "later@": "450 4.2.1 later", "bad@": "550 5.1.1 no such user"}
# What each switch is about: the log, and the start of its lines after the time.
SWITCHES = {
    "log_receptions": ("mainlog.ec", "R"), "log_deliveries": ("mainlog.ec", "D"), "log_transient_failures": ("mainlog.ec", "T"),
    "log_permanent_failures": ("mainlog.ec", "P"), "log_rejections": ("rejectlog.ec", "R="),
    "bounce_logger.log_transient_failures": ("bouncelog.ec", "T"), "bounce_logger.log_inband_bounces": ("bouncelog.ec", "B in"),
    "bounce_logger.log_outofband_bounces": ("bouncelog.ec", "B out"),
}


def kinds(daemon):
    """Which of the lines above are there."""
    found = {("rejectlog.ec", "R=") for _ in read(daemon, "rejectlog.ec").splitlines()}
    found |= {("mainlog.ec", line.split("@")[4]) for line in read(daemon, "mainlog.ec").splitlines()}
    for line in read(daemon, "bouncelog.ec").splitlines():
        fields = re.split(r"(?<!\\)@", line)
        found.add(("bouncelog.ec", fields[4] if fields[4] == "T" else "B out" if fields[11] == "21" else "B in"))
    return found


@pytest.mark.parametrize("switch", [None, *SWITCHES])
def test_a_switch_turns_off_its_own_lines_and_no_others(daemons, make_peer, switch):
    peer = make_peer({"RCPT": lambda line: next(reply for who, reply in ANSWERS.items() if who in line)})
    table, _, name = (switch or "").rpartition(".")
    off = f"{name} = false" if switch else ""
    logs = LOGS.format(mainlog="@DIR@/log/mainlog.ec", more="" if table else off, bounces=off if table else "")
    events = policy_route(peer.mx, queue="retry_interval = '1h'") + EVENTS
    daemon = daemons.start(policy(events=events), f'policy = "@DIR@/policy.lua"\n{logs}[modules.log_json]\nenabled = true\n')
    with daemon.session() as client:
        for who in ANSWERS:
            client.deliver("a@sender.test", f"{who}example.test")
        client.envelope("", "a@reports.test")
        assert client.data(delivery_status(FAILED)).code == 250
        client.expect("250", "MAIL FROM:<a@sender.test>")
        client.expect("5..", "RCPT TO:<>")
    for kind in ("Delivery", "TransientFailure", "Bounce", "OOB", "Rejection"):
        daemon.log.wait(type=kind)
    daemon.stop()  # which writes all lines
    expected = set(SWITCHES.values())
    assert kinds(daemon) == expected - ({SWITCHES[switch]} if switch else set())


def test_hearts_beat(start_with, peer):
    daemon = start_with(peer, more='heartbeat = "1s"', bounces='heartbeat = "1s"')
    for name, line in (("mainlog.ec", r"\d{10}@@@@M"), ("rejectlog.ec", r"\d{10}: Marker 1"), ("bouncelog.ec", r"\d{10}@@@@M1")):
        wait_until(lambda: len(re.findall(f"(?m)^{line}$", read(daemon, name))) >= 2, lambda: f"{name} holds {read(daemon, name)}", 15)


def test_each_log_has_the_mode_asked_for(start_with, peer):
    daemon = start_with(peer, more='mainlog_mode = "0604"\nrejectlog_mode = "0640"\npaniclog_mode = "0600"', bounces='bouncelog_mode = "0660"')
    modes = {name: (daemon.dir / "log" / f"{name}.ec").stat().st_mode & 0o777 for name in ("mainlog", "rejectlog", "paniclog", "bouncelog")}
    assert modes == {"mainlog": 0o604, "rejectlog": 0o640, "paniclog": 0o600, "bouncelog": 0o660}


def test_without_log_errors_nothing_is_in_the_paniclog(start_with, peer):
    daemon = start_with(peer, mainlog="/dev/full", more="log_errors = false")
    with daemon.session() as client:
        client.deliver("a@sender.test", "b@example.test")
    daemon.wait_for_diagnostic("cannot write /dev/full: No space left on device")
    daemon.stop()
    assert read(daemon, "paniclog.ec") == ""


def test_what_finds_no_room_is_lost_and_told(start_with, peer):
    daemon = start_with(peer, mainlog="/dev/full", more="back_pressure = 1")
    with daemon.session() as client:
        for _ in range(2):
            client.deliver("a@sender.test", "b@example.test")
    daemon.wait_for_diagnostic("ec_logger the queue stays full: a record is lost", 20)


def rotate(daemon):
    for name in ("mainlog.ec", "rejectlog.ec"):
        (daemon.dir / "log" / name).rename(daemon.dir / "log" / (name + ".1"))


def test_its_commands_and_their_failure(start_with, peer):
    daemon = start_with(peer)
    assert [line.split("  ")[0] for line in daemon.console.run("ec_logger help").splitlines()] == ["ec_logger help", "ec_logger reopen logs"]
    (daemon.dir / "log/mainlog.ec").unlink()
    (daemon.dir / "log/mainlog.ec").mkdir()
    assert "mainlog.ec" in daemon.console.fails("ec_logger reopen logs")


@pytest.mark.parametrize("how", ["signal", "reopen logs", "ec_logger reopen logs"])
def test_rotation_loses_nothing(start_with, peer, how):
    daemon = start_with(peer)
    with daemon.session() as client:
        [first] = client.deliver("a@sender.test", "b@example.test")
        peer.wait_messages(1)
        wait_fields(daemon, "mainlog.ec", "D")
        rotate(daemon)
        if how == "signal":
            os.kill(daemon.process.pid, signal.SIGUSR2)
        else:
            assert daemon.console.run(how) == "Logs reopened.\n"
        wait_until(lambda: all((daemon.dir / "log" / n).exists() for n in ("mainlog.ec", "rejectlog.ec")), "new files", 15)
        [second] = client.deliver("a@sender.test", "c@example.test")
        wait_fields(daemon, "mainlog.ec", "D")
    assert [f[0] for f in fields(daemon, "mainlog.ec.1", "R") + fields(daemon, "mainlog.ec", "R")] == [first, second]
    assert [f[0] for f in fields(daemon, "mainlog.ec.1", "D")] == [first]
    assert [f[0] for f in fields(daemon, "mainlog.ec", "D")] == [second]
