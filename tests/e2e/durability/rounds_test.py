"""SIGKILL in the middle of everything: accepting, delivering, retrying, loading the policy again, exchanging a module. At
the end what clients were told, what the remote side received (by hash of the body) and what is queued must agree.

GODWIT_CRASH_ROUNDS sets the number of rounds; scripts/crash runs a hundred.
"""
import hashlib
import os
import random
import signal
import threading

import pytest

from harness.client import SmtpClient
from harness.policy import policy, route
from harness.waiting import PATIENCE, wait_until

ROUNDS = int(os.environ.get("GODWIT_CRASH_ROUNDS", "3"))
SENDERS = 6
SESSIONS = 32  # connection_limit: what can be under way when the server dies


class Client(threading.Thread):
    """Sends messages with bodies of their own until the server is gone; keeps what 250 acknowledged."""

    def __init__(self, address, name):
        super().__init__()
        self.address, self.prefix, self.promised = address, name, {}

    def run(self):
        try:
            with SmtpClient(self.address) as client:
                client.expect("220")
                client.expect("250", "EHLO client.test")
                for number in range(100000):
                    self.send(client, f"{self.prefix}-{number}")
        except (AssertionError, OSError):
            pass  # the server was killed, or was exchanging a module: nothing was promised

    def send(self, client, tag):
        body = f"{tag} {random.randbytes(random.choice([20, 2000, 20000])).hex()}"
        lines = "\n".join(body[i:i + 500] for i in range(0, len(body), 500)) + "\n"
        client.deliver(f"{tag}@example.test", "b@example.test", f"Subject: {tag}\n\n{lines}")
        self.promised[tag] = digest(lines.replace("\n", "\r\n").encode())


def digest(body):
    return hashlib.sha256(body).hexdigest()


def one_in(n, refusal, otherwise="250 ok"):
    return lambda line: refusal if random.randrange(n) == 0 else otherwise


def disturb(daemon, until):
    """Loads the policy again and exchanges the signing module while mail flows."""
    while not until.wait(random.uniform(0.05, 0.3)):
        if random.random() < 0.5:
            daemon.process.child.send_signal(signal.SIGHUP)
        else:
            daemon.console.program("-e", random.choice(["module reload dkim", "module unload dkim", "module load dkim"]))


def one_round(daemon, number):
    """A life of the server, ended by SIGKILL; what it promised."""
    over = threading.Event()
    others = threading.Thread(target=disturb, args=(daemon, over))
    clients = [Client(daemon.address, f"{number}-{i}") for i in range(SENDERS)]
    for thread in [*clients, others]:
        thread.start()
    over.wait(random.uniform(0.2, 1.2) * PATIENCE)
    daemon.kill()
    over.set()
    for thread in [*clients, others]:
        thread.join(60)
    return {tag: body for c in clients for tag, body in c.promised.items()}


@pytest.mark.parametrize("kind", ["RocksDB", "LocalDisk"])
@pytest.mark.slow
@pytest.mark.timeout(60 * PATIENCE + 20 * ROUNDS)
def test_promises_are_kept_through_crashes(start, make_peer, kind):
    peer = make_peer({"RCPT": one_in(10, "451 4.3.0 later"), "dot": one_in(20, "451 4.3.0 later")})
    daemon = start(policy(spool=f"kind = '{kind}'",
                          events=route(peer.mx, queue="retry_interval = '1s'", path=f"connection_limit = {SESSIONS}")))
    promised = {}
    for number in range(ROUNDS):
        promised |= one_round(daemon, number)
        daemon.restart()
    assert len(promised) > 10 * ROUNDS, "the load was no load"

    def received():
        return {m.sender.split("@")[0]: digest(m.body) for m in list(peer.messages)}
    wait_until(lambda: promised.keys() <= received().keys(),
               lambda: f"lost: {sorted(promised.keys() - received().keys())[:20]}", 120)
    arrived = received()
    assert {tag: arrived[tag] for tag in promised} == promised, "a body has changed"
    # Twice only what was under way when the server died.
    repeated = len(peer.messages) - len(arrived)
    assert repeated <= ROUNDS * SESSIONS, f"{repeated} messages came twice"
