"""Who sends mail in bulk: swaks, Postfix's smtp-source, and threads that keep at it and remember what was promised."""
import contextlib
import subprocess
import threading

from .client import Disconnected, SmtpClient
from .ledger import Ledger, digest
from .waiting import PATIENCE

SMTP_SOURCE = "/usr/sbin/smtp-source"


def swaks(address, *options, sender="sender@example.test", to="user@example.test", seconds=30):
    """The finished process; its output is the transcript."""
    host, port = address
    return subprocess.run(["swaks", "--server", host, "--port", str(port), "--helo", "client.test", "--from", sender,
                           "--to", to, *options], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=seconds, check=False)


def smtp_source_command(address, messages, sessions=10, size=1024, sender="sender@example.test", to="user@example.test",
                        options=()):
    host, port = address
    return [SMTP_SOURCE, "-s", str(sessions), "-m", str(messages), "-l", str(size), "-f", sender, "-t", to, "-d", *options,
            f"inet:{host}:{port}"]


def smtp_source(address, messages, seconds=120, **kwargs):
    """Sends `messages` and fails unless each is accepted."""
    done = subprocess.run(smtp_source_command(address, messages, **kwargs), stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=seconds, check=False)
    assert done.returncode == 0, f"smtp-source failed: {done.stdout}"


def attempt(daemon, sender="a@example.test", content="Subject: test\n\nbody\n"):
    """One transaction: its last reply, or the greeting that refuses it."""
    with daemon.smtp() as client:
        greeting = client.reply()
        if greeting.code != 220:
            return greeting
        client.expect("250", "EHLO client.test")
        client.envelope(sender, "b@example.test")
        return client.data(content)


def short_body(tag):
    return f"{tag} {digest(tag.encode())}\n"


class Sender(threading.Thread):
    """Sends messages, each with a tag and a body of its own, until `over` is set; connects again whenever it must."""

    def __init__(self, ledger, address, name, over, body_of=short_body, per_session=None):
        super().__init__()
        self.ledger, self.address, self.prefix, self.over = ledger, address, name, over
        self.body_of, self.per_session = body_of, per_session
        self.count = 0

    def run(self):
        while not self.over.is_set():
            try:
                self._session()
            except (AssertionError, OSError) as e:  # the server was killed, or refuses for now: nothing was promised
                is_gone = isinstance(e, (Disconnected, OSError))
                self.ledger.refused["closed" if is_gone else str(e).partition("\n")[0]] += 1
                self.over.wait(0.02)

    def _session(self):
        with SmtpClient(self.address) as client:
            client.expect("220")
            client.expect("250", "EHLO client.test")
            first = self.count
            while not self.over.is_set() and self._send(client) and self.count - first != self.per_session:
                pass

    def _send(self, client):
        """False: refused, and the session may be in the middle of the transaction."""
        tag = f"{self.prefix}-{self.count}"
        self.count += 1
        body = self.body_of(tag)
        self.ledger.send(tag, body.replace("\n", "\r\n").encode())
        for command in (f"MAIL FROM:<{tag}@example.test>", "RCPT TO:<user@example.test>"):
            reply = client.command(command)
            if reply.code != 250:
                break
        else:
            reply = client.data(f"From: <a@example.test>\nSubject: {tag}\n\n{body}")
        return self.ledger.answer(tag, reply)


@contextlib.contextmanager
def flowing(daemon, senders=4, ledger=None, name="s", **kwargs):
    """Mail flows in for as long as the block lasts; yields the ledger."""
    ledger, over = ledger or Ledger(), threading.Event()
    threads = [Sender(ledger, daemon.address, f"{name}{i}", over, **kwargs) for i in range(senders)]
    for thread in threads:
        thread.start()
    try:
        yield ledger
    finally:
        over.set()
        for thread in threads:
            thread.join(60 * PATIENCE)
    assert not any(thread.is_alive() for thread in threads), "a sender hangs"
