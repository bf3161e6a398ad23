"""SIGKILL in the middle of everything: accepting, delivering, retrying, loading the policy again, exchanging a module that
signs. Every third life ends in order: what comes after such an end depends on what it left. What clients were told, what the
remote side received (by hash of the body) and what is still queued must agree.

GODWIT_CRASH_ROUNDS sets the number of rounds; scripts/crash runs a hundred.
"""
import collections
import os
import random
import re
import signal
import threading

import pytest

from harness.dkim_keys import DkimKey
from harness.ledger import Ledger, Lives, received, tag_of
from harness.policy import policy, route
from harness.senders import flowing
from harness.waiting import PATIENCE, wait_until

ROUNDS = int(os.environ.get("GODWIT_CRASH_ROUNDS", "3"))
SENDERS = 6
SESSIONS = 32  # connection_limit: what can be under way when the server dies

LARGE = 500_000  # bytes of a message
JOURNAL = 16 * 1024 * 1024  # of LocalDisk: a life that is to use both of them writes more

# Signs whenever the module is there.
SIGNING = """
local there, signer = pcall(function()
  return kumo.dkim.ed25519_signer {{ domain = 'example.test', selector = 's', headers = {{ 'From' }}, key = {{ key_data = [[{key}]] }} }}
end)
kumo.on('smtp_server_message_received', function(msg)
  if there then msg:dkim_sign(signer) end
end)
"""


def random_body(tag, sizes=(20, 2000, 20000)):
    text = f"{tag} {random.randbytes(random.choice(sizes)).hex()}"
    return "\n".join(text[i:i + 500] for i in range(0, len(text), 500)) + "\n"


class Remote:
    """The remote side's answers, in which some are refusals that are worth a retry."""

    def __init__(self, make_peer):
        self.refusals = collections.Counter()
        self.peer = make_peer({"RCPT": self.one_in(10, "RCPT"), "dot": self.one_in(20, "dot")})

    def one_in(self, n, step):
        def answer(_):
            if random.randrange(n):
                return "250 ok"
            self.refusals[step] += 1
            return "451 4.3.0 later"
        return answer

    def hold_back(self):
        self.peer.script["MAIL"] = "451 4.3.0 later"

    def go_on(self):
        del self.peer.script["MAIL"]

    def take_everything(self):
        self.peer.script.clear()


class Disturbance(threading.Thread):
    """Loads the policy again and exchanges the signing module while mail flows."""

    def __init__(self, daemon, over):
        super().__init__()
        self.daemon, self.over, self.done = daemon, over, collections.Counter()

    def run(self):
        while not self.over.wait(random.uniform(0.02, 0.15)):
            if random.random() < 0.4:
                self.daemon.process.child.send_signal(signal.SIGHUP)
                continue
            command = random.choice(["module reload dkim", "module unload dkim", "module load dkim"])
            self.done[command] += self.daemon.console.program("-e", command).returncode == 0


def large_body(tag):
    return random_body(tag, [LARGE // 2])


def ends_in_order(number):
    return number % 3 == 1


def is_large(number):
    """The life after one that ended in order, now and then."""
    return number % 12 == 2


def one_round(daemon, ledger, lives, number):
    """A life of the server, ended by SIGKILL or SIGTERM; what happened in it."""
    over = threading.Event()
    others = Disturbance(daemon, over)
    before = len(ledger.promised)
    with flowing(daemon, SENDERS, ledger, f"{number}-", body_of=large_body if is_large(number) else random_body):
        others.start()
        over.wait(random.uniform(0.3, 1.5) * PATIENCE)
        if is_large(number):
            wait_until(lambda: (len(ledger.promised) - before) * LARGE > 1.5 * JOURNAL, "more than a journal holds", 120)
        if not ends_in_order(number):
            daemon.kill()
        over.set()
        others.join(60 * PATIENCE)
        assert not others.is_alive(), "the console hangs"
        if ends_in_order(number):
            daemon.stop()
        lives.end()
    others.done["policy reload"] = len(re.findall("the policy was loaded again", daemon.process.own_output()))
    return others.done


def queued(daemon):
    """Tags of the messages in the queues."""
    return {tag_of(row["from"]) for row in daemon.console.rows("showqueue all all 1000000,0")}


def check_queue(daemon, ledger, remote):
    """Nothing leaves now: what was promised has arrived or is queued, and what is queued was sent."""
    arrived = ledger.arrived(received(remote.peer))

    def lost():
        return ledger.promised.keys() - arrived.keys() - (there := queued(daemon)) or there - ledger.sent.keys()
    wait_until(lambda: not lost(), lambda: f"neither arrived nor queued, or never sent: {sorted(lost())[:20]}", 60, 0.5)
    return len(queued(daemon))


def check_arrival(daemon, ledger, remote, lives):
    """All that was promised arrives, and the queues are empty then."""
    def missing():
        return ledger.missing(received(remote.peer))
    wait_until(lambda: not missing(), lambda: f"lost: {missing()[:20]}", 300, 0.2)
    wait_until(lambda: not queued(daemon), lambda: f"still queued: {sorted(queued(daemon))[:20]}", 60, 0.5)
    return ledger.arrived(received(remote.peer)), lives.count_repeats(SENDERS)


@pytest.mark.parametrize("kind", ["RocksDB", "LocalDisk"])
@pytest.mark.slow
@pytest.mark.timeout(900 * PATIENCE + 30 * ROUNDS * PATIENCE)
def test_promises_are_kept_through_crashes(start, make_peer, tmp_path, kind):
    remote, ledger, done = Remote(make_peer), Ledger(), collections.Counter()
    lives = Lives(remote.peer, ledger)
    events = route(remote.peer.mx, queue="retry_interval = '1s'", path=f"connection_limit = {SESSIONS}")
    signing = SIGNING.format(key=DkimKey(tmp_path, "ed25519").pem)
    daemon = start(policy(spool=f"kind = '{kind}'", events=events + signing))
    for number in range(ROUNDS):
        if is_large(number):
            remote.hold_back()  # until it dies all is in its spool alone
        done += one_round(daemon, ledger, lives, number)
        if is_large(number):
            remote.go_on()
        if number + 1 == ROUNDS:
            remote.hold_back()
        daemon.restart()
    daemon.wait_for_diagnostic("spool listed", 60)
    waiting = check_queue(daemon, ledger, remote)
    remote.take_everything()
    daemon.console.run("flush domain all")
    arrived, repeated = check_arrival(daemon, ledger, remote, lives)
    daemon.restart()  # in order: the spool is as empty as the queues
    daemon.wait_for_diagnostic("spool listed: 0 messages", 60)
    print(f"\n{kind}: {ROUNDS} rounds, {len(ledger.promised)} messages acknowledged, {sum(arrived.values())} delivered, "
          f"{repeated} of them again, {len(arrived.keys() - ledger.promised.keys())} not acknowledged, 0 lost; "
          f"{waiting} queued after the last crash; remote refusals {dict(remote.refusals)}, refusals {dict(ledger.refused)}, "
          f"disturbances {dict(done)}")
    assert len(ledger.promised) > 10 * ROUNDS, "the load was no load"
    assert all(remote.refusals[step] for step in ("RCPT", "dot")), "nothing was tried again"
    expected = {"policy reload", "module reload dkim", "module unload dkim", "module load dkim"}
    assert ROUNDS < 10 or expected <= (+done).keys(), f"only {done}"
    assert any(b"DKIM-Signature:" in m.data for m in remote.peer.messages), "nothing was signed"
